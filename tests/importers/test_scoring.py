import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.scoring import ErrorCounts, character_errors, word_errors

WORDS = st.lists(st.sampled_from("abcd"), max_size=12).map(" ".join)
TEXTS = st.text(alphabet="ab é\u0301 ", max_size=20)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("open the door", "open the door", ErrorCounts(0, 0, 0, 3)),
        ("open the door", "open a door", ErrorCounts(1, 0, 0, 3)),
        ("open the door", "open door", ErrorCounts(0, 1, 0, 3)),
        ("open the door", "open the red door", ErrorCounts(0, 0, 1, 3)),
        ("open the door", "", ErrorCounts(0, 3, 0, 3)),
        ("", "open the door", ErrorCounts(0, 0, 3, 0)),
        ("", "", ErrorCounts(0, 0, 0, 0)),
        (" open\tthe  door ", "open the door", ErrorCounts(0, 0, 0, 3)),
        # Two errors either way; with two words right rather than one.
        ("a b c", "b c a", ErrorCounts(0, 1, 1, 3)),
        ("cafe\u0301", "caf\u00e9", ErrorCounts(0, 0, 0, 1)),
    ],
)
def test_word_errors(reference: str, hypothesis: str, expected: ErrorCounts) -> None:
    assert word_errors(reference, hypothesis) == expected


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("kitten", "sitting", ErrorCounts(2, 0, 1, 6)),
        ("a door", "adoor", ErrorCounts(0, 1, 0, 6)),
        ("a  door", " a door", ErrorCounts(0, 0, 0, 6)),
        ("cafe\u0301", "caf\u00e9", ErrorCounts(0, 0, 0, 4)),
        ("日本", "日木", ErrorCounts(1, 0, 0, 2)),
    ],
)
def test_character_errors(reference: str, hypothesis: str, expected: ErrorCounts) -> None:
    assert character_errors(reference, hypothesis) == expected


def test_rates() -> None:
    assert ErrorCounts(1, 2, 3, 24).rate == 0.25
    assert word_errors("yes", "no no no").rate == 3.0, "not capped"
    assert word_errors("", "").rate == 0.0
    assert word_errors("", "no no").rate == 2.0


def test_a_corpus_is_summed_before_it_is_divided() -> None:
    pairs = [("a", "b"), ("a b c", "a b c"), ("", "a")]
    total = sum((word_errors(*pair) for pair in pairs), ErrorCounts())
    assert total == ErrorCounts(1, 0, 1, 4)
    assert total.rate == 0.5


def distance(reference: list[str], hypothesis: list[str]) -> int:
    """Levenshtein's recurrence, as it is written in textbooks: the oracle."""
    rows = [list(range(len(hypothesis) + 1))]
    for i, token in enumerate(reference, start=1):
        rows.append([i])
        for j, other in enumerate(hypothesis, start=1):
            substituted = rows[i - 1][j - 1] + (token != other)
            rows[i].append(min(substituted, rows[i - 1][j] + 1, rows[i][j - 1] + 1))
    return rows[-1][-1]


def hits(reference: list[str], hypothesis: list[str], errors: int) -> int:
    """The most tokens that an alignment of so many errors can have right, by trying them all."""
    if errors < 0:
        return -(10**6)
    if not reference or not hypothesis:
        return 0 if len(reference) + len(hypothesis) <= errors else -(10**6)
    same = reference[0] == hypothesis[0]
    return max(
        same + hits(reference[1:], hypothesis[1:], errors - (not same)),
        hits(reference[1:], hypothesis, errors - 1),
        hits(reference, hypothesis[1:], errors - 1),
    )


@given(WORDS, WORDS)
def test_the_errors_are_levenshteins_and_the_lengths_close(first: str, second: str) -> None:
    counts = word_errors(first, second)
    reference, hypothesis = first.split(), second.split()
    assert counts.errors == distance(reference, hypothesis)
    assert counts.reference_length == len(reference)
    right = len(reference) - counts.substitutions - counts.deletions
    assert right + counts.substitutions + counts.insertions == len(hypothesis)
    assert abs(len(reference) - len(hypothesis)) <= counts.errors
    assert counts.errors <= max(len(reference), len(hypothesis))
    assert min(right, counts.substitutions, counts.deletions, counts.insertions) >= 0


@given(
    st.lists(st.sampled_from("abc"), max_size=5).map(" ".join),
    st.lists(st.sampled_from("abc"), max_size=5).map(" ".join),
)
def test_of_equal_alignments_the_one_with_most_words_right_counts(first: str, second: str) -> None:
    counts = word_errors(first, second)
    reference, hypothesis = first.split(), second.split()
    right = len(reference) - counts.substitutions - counts.deletions
    assert right == hits(reference, hypothesis, counts.errors)


@given(TEXTS, TEXTS)
def test_swapping_the_texts_swaps_deletions_and_insertions(first: str, second: str) -> None:
    there, back = character_errors(first, second), character_errors(second, first)
    assert there.substitutions == back.substitutions
    assert (there.deletions, there.insertions) == (back.insertions, back.deletions)


@given(TEXTS)
def test_a_text_is_without_errors_against_itself(text: str) -> None:
    assert character_errors(text, unicodedata.normalize("NFD", text)).errors == 0
    assert word_errors(text, text).errors == 0


@given(WORDS, WORDS, WORDS)
def test_a_detour_is_no_shorter(first: str, second: str, third: str) -> None:
    direct = word_errors(first, third).errors
    assert direct <= word_errors(first, second).errors + word_errors(second, third).errors


def table(path: Path) -> dict[str, str]:
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return dict(rows)


def test_the_published_counts_of_librispeech_are_met(test_data: Path) -> None:
    """facebookresearch/fbai-speech, is21_deep_bias: the numbers in its result.txt."""
    folder = test_data / "wer_reference"
    references = table(folder / "librispeech_test-clean.ref.tsv")
    hypotheses = table(folder / "librispeech_test-clean.b1.rnnt_baseline.hyp.tsv")
    assert references.keys() == hypotheses.keys()
    pairs = [(references[key], hypotheses[key]) for key in references]
    total = sum((word_errors(*pair) for pair in pairs), ErrorCounts())
    assert total == ErrorCounts(substitutions=1501, deletions=225, insertions=195,
                                reference_length=52576)  # fmt: skip
    assert total.errors == 1921
    assert total.rate == pytest.approx(0.036537583688374924, abs=1e-15)


def utterances(path: Path) -> dict[str, str]:
    """NIST's trn format: the words, then the id in brackets."""
    lines = path.read_text(encoding="latin-1").splitlines()
    found = (re.fullmatch(r"(.*)\((\S+)\)\s*", line) for line in lines)
    return {match[2].lower(): match[1].strip() for match in found if match}


def sclite_scores(path: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each utterance's correct, substituted, deleted and inserted words, as sclite printed them."""
    text = path.read_text(encoding="latin-1")
    for key, scores in re.findall(r"id: \((\S+)\)\nScores: \(#C #S #D #I\) ([\d ]+)", text):
        yield key.lower(), tuple(map(int, scores.split()))


def test_sclites_counts_are_met(test_data: Path) -> None:
    """Every utterance whose reference has no alternatives `{ a / b }`, which only sclite knows."""
    folder = test_data / "sctk"
    references, hypotheses = utterances(folder / "csrnab.ref"), utterances(folder / "csrnab.hyp")
    compared = 0
    for key, (right, *errors) in sclite_scores(folder / "expected" / "test1.pra"):
        if "{" in references[key]:
            continue
        counts = word_errors(references[key].lower(), hypotheses[key].lower())
        assert [counts.substitutions, counts.deletions, counts.insertions] == errors, key
        assert counts.reference_length == right + errors[0] + errors[1]
        compared += 1
    assert compared == 45
