import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from native.alignment import Alignment, align
from native.lexicon import BYTE_LABELS
from native.reference.alignment import alignment_reference, best_path_exhaustively, collapsed
from native.spelling import SpelledWord
from tests.native.other_threads import turns_while
from tests.native.search_cases import noisy_log_probs, random_log_probs

LABELS = [" ", "a", "b", "c"]


def path_of(alignment: Alignment, labels: list[str], frames: int) -> list[int]:
    """The column of each frame."""
    path = [len(labels)] * frames
    for span in alignment.labels:
        assert span.begin_frame < span.end_frame <= frames
        assert set(path[span.begin_frame : span.end_frame]) == {len(labels)}
        number = labels.index(span.text)
        path[span.begin_frame : span.end_frame] = [number] * (span.end_frame - span.begin_frame)
    return path


def path_score(log_probs: NDArray[np.float64], path: list[int]) -> float:
    return float(log_probs[np.arange(len(path)), path].sum())


def spelled(text: list[int]) -> list[tuple[str, list[str]]]:
    """A word of its own for each label, without separators."""
    return [(str(place), [LABELS[number]]) for place, number in enumerate(text)]


def assert_exact(log_probs: NDArray[np.float64], text: list[int]) -> None:
    expected = alignment_reference(log_probs, text)
    labels = LABELS[: log_probs.shape[1] - 1]
    if expected is None:
        with pytest.raises(ValueError, match=r"cannot be aligned|have the probability 0"):
            align(log_probs, spelled(text), labels, separator=None)
        return
    found = align(log_probs, spelled(text), labels, separator=None)
    path = path_of(found, labels, len(log_probs))
    assert collapsed(path, len(labels)) == text
    assert path_score(log_probs, path) == pytest.approx(found.log_prob, abs=1e-9)
    assert found.log_prob == pytest.approx(path_score(log_probs, expected), abs=1e-9)


# --- Against the oracles -----------------------------------------------------------------------


@given(st.integers(0, 2**32), st.integers(0, 6), st.lists(st.integers(0, 1), max_size=4))
@settings(deadline=None, max_examples=150)
def test_reference_and_alignment_find_the_best_of_all_paths(
    seed: int, frames: int, text: list[int]
) -> None:
    log_probs = random_log_probs(seed, frames, 3)
    best = best_path_exhaustively(log_probs, text)
    path = alignment_reference(log_probs, text)
    if path is None:
        assert best == -math.inf
    else:
        assert collapsed(path, 2) == text
        assert path_score(log_probs, path) == pytest.approx(best, abs=1e-9)
    assert_exact(log_probs, text)


@given(st.integers(0, 2**32), st.integers(0, 60), st.lists(st.integers(0, 3), max_size=25))
@settings(deadline=None, max_examples=150)
def test_alignments_equal_the_reference(seed: int, frames: int, text: list[int]) -> None:
    assert_exact(random_log_probs(seed, frames, 5), text)


@pytest.mark.parametrize("scale", [1, 100, 10_000])
def test_costs_far_over_the_first_budget_change_nothing(scale: int) -> None:
    """Log-probabilities so low that the search must begin again with more budget, often."""
    source = np.random.default_rng(scale)
    for _ in range(20):
        log_probs = scale * random_log_probs(int(source.integers(1 << 30)), 80, 5)
        assert_exact(log_probs, [int(n) for n in source.integers(0, 4, 25)])


def random_utterance(seed: int, frames: int, labels: int) -> tuple[NDArray[np.float32], list[int]]:
    """A text of a label every three frames, and what a model that errs says."""
    source = np.random.default_rng(seed)
    text = [int(n) for n in source.integers(0, 4, labels)]
    logits = source.normal(size=(frames, 5))
    logits[:, 4] += 4.0
    places = np.sort(source.choice(frames // 2, size=labels, replace=False)) * 2
    logits[places, 4] -= 4.0
    heard = np.where(source.random(labels) < 0.7, text, source.integers(0, 4, labels))
    logits[places, heard] += 5.0
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return logits.astype(np.float32), text


def viterbi_score(log_probs: NDArray[np.float32], text: list[int]) -> float:
    """The score of the best path alone, by whole rows of states."""
    states = np.full(2 * len(text) + 1, log_probs.shape[1] - 1)
    states[1::2] = text
    skip = np.full(len(states), -np.inf)
    skip[3::2] = np.where(states[3::2] != states[1:-2:2], 0.0, -np.inf)
    best = np.full(len(states) + 2, -np.inf)  # two impossible ones in front
    best[2] = 0.0
    for row in log_probs.astype(np.float64):
        ways = np.maximum(np.maximum(best[2:], best[1:-1]), best[:-2] + skip)
        best[2:] = ways + row[states]
    return float(best[-2:].max())


@pytest.mark.parametrize("seed", range(3))
def test_texts_whose_back_pointers_do_not_fit_are_aligned_in_parts(seed: int) -> None:
    log_probs, text = random_utterance(seed, 16_000, 4_000)  # 64 million pairs
    found = align(log_probs, spelled(text), LABELS, separator=None)
    path = path_of(found, LABELS, len(log_probs))
    assert collapsed(path, 4) == text
    assert path_score(log_probs.astype(np.float64), path) == pytest.approx(found.log_prob)
    assert found.log_prob == pytest.approx(viterbi_score(log_probs, text), abs=1e-6)


# --- Words, labels, scores ---------------------------------------------------------------------


def one_hot(path: str, columns: list[str]) -> NDArray[np.float32]:
    """0.9 for a character a frame, the rest for the others."""
    probabilities = np.full((len(path), len(columns)), 0.1 / (len(columns) - 1), np.float32)
    probabilities[np.arange(len(path)), [columns.index(char) for char in path]] = 0.9
    return np.log(probabilities)


def test_words_have_the_frames_of_their_labels() -> None:
    found = align(one_hot("_aa_b  c_cc_", [*LABELS, "_"]), "ab cc", LABELS)
    assert [(w.text, w.begin_frame, w.end_frame) for w in found.words] == [
        ("ab", 1, 5),
        ("cc", 7, 11),
    ]
    assert [w.score for w in found.words] == pytest.approx([math.log(0.9)] * 2)
    assert [(s.text, s.begin_frame, s.end_frame) for s in found.labels] == [
        ("a", 1, 3),
        ("b", 4, 5),
        (" ", 5, 7),
        ("c", 7, 8),
        ("c", 9, 11),
    ]
    assert found.log_prob == pytest.approx(12 * math.log(0.9))
    assert found.words[0].seconds(0.02) == pytest.approx((0.02, 0.1))


def test_a_words_score_is_the_mean_over_its_frames() -> None:
    log_probs = one_hot("aab_", [*LABELS, "_"])
    log_probs[1, 1] = math.log(0.3)
    (word,) = align(log_probs, "ab", LABELS).words
    assert word.score == pytest.approx((2 * math.log(0.9) + math.log(0.3)) / 3)


def test_a_text_that_was_said_is_found_where_it_was() -> None:
    labels = [" ", *"abcdefghij"]
    log_probs = noisy_log_probs(1, "bad cafe", labels, noise=0.3)
    best = log_probs.argmax(axis=1)
    found = align(log_probs, "bad cafe", labels)
    for span in found.labels:
        assert set(best[span.begin_frame : span.end_frame]) == {labels.index(span.text)}


def test_any_column_may_be_the_blank_and_others_nobodys() -> None:
    """As wav2vec2 has them: <pad> is the blank, | parts words."""
    columns = ["<pad>", "<s>", "|", "a", "b"]
    log_probs = one_hot("_aa_|b", ["_", "<", "|", "a", "b"])
    found = align(log_probs, "a b", [None, "|", "a", "b"], blank=0, separator="|")
    assert [(w.text, w.begin_frame, w.end_frame) for w in found.words] == [
        ("a", 1, 3),
        ("b", 5, 6),
    ]
    logits = log_probs + np.arange(6, dtype=np.float32)[:, None]
    again = align(logits, "a b", [None, *columns[2:]], blank=0, separator="|", scale="logits")
    assert again.log_prob == pytest.approx(found.log_prob, abs=1e-5)
    assert (again.words[0].begin_frame, again.words[0].end_frame) == (1, 3)
    assert again.words[0].score == pytest.approx(math.log(0.9), abs=1e-5)


def test_pieces_follow_each_other_without_a_separator() -> None:
    pieces = ["▁he", "llo", "▁", "h", "e", "l", "o", "▁wor", "ld"]
    log_probs = one_hot("0_1177_8", [*"012345678", "_"])
    text = [("hello", ["▁he", "llo"]), ("world", ["▁wor", "ld"])]
    found = align(log_probs, text, pieces, separator=None)
    assert [(w.text, w.begin_frame, w.end_frame) for w in found.words] == [
        ("hello", 0, 4),
        ("world", 4, 8),
    ]


def test_bytes_can_be_labels() -> None:
    text = "naïve 日本"
    log_probs = np.full((2 * len(text.encode()), 256), -9.0)
    for place, byte in enumerate(text.encode()):
        log_probs[2 * place, byte - 1] = log_probs[2 * place + 1, 255] = -0.01
    found = align(log_probs, text, BYTE_LABELS)
    assert [(w.text, w.begin_frame, w.end_frame) for w in found.words] == [
        ("naïve", 0, 11),
        ("日本", 14, 25),
    ]


# --- Inputs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "frames", "message"),
    [
        ("ab", 1, "needs 2 frames, one for each of its 2 labels and 0 .* there are 1$"),
        ("aab a", 5, "needs 6 frames, one for each of its 5 labels and 1 for blanks between"),
        ("a", 0, "needs 1 frames"),
        ("a xa", 9, "the labels cannot spell 'xa': no label fits at 'x'"),
        ([("no", ["a", "x"])], 9, "the spelling of 'no' has 'x', which is none of the labels"),
        ([("no", [])], 9, "the spelling of 'no' is empty"),
    ],
)
def test_texts_that_cannot_be_aligned_are_refused(text: Any, frames: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        align(np.full((frames, 5), -2.0), text, LABELS)


def test_a_missing_separator_is_named() -> None:
    labels = ["|", "a", "b"]
    log_probs = np.full((9, 4), -1.0)
    with pytest.raises(ValueError, match="separator ' ' is no label: say which label parts words"):
        align(log_probs, "a b", labels)
    assert align(log_probs, "ab", labels).words[0].text == "ab"
    assert len(align(log_probs, "a b", labels, separator=None).labels) == 2
    with pytest.raises(TypeError, match="the spelling of 'ab' is a string"):
        align(log_probs, [("ab", "ab")], labels)


def test_pieces_begin_words_as_sentencepiece_has_them() -> None:
    pieces = ["▁he", "llo", "he", "▁you", "you", "▁"]
    log_probs = np.full((9, 7), -9.0)
    log_probs[range(9), [6, 0, 6, 1, 6, 3, 3, 6, 6]] = -0.01
    found = align(log_probs, "hello you", pieces, separator=None)
    assert [label.text for label in found.labels] == ["▁he", "llo", "▁you"]
    given: list[str | SpelledWord] = ["hello", ("you", ["▁you"])]
    assert align(log_probs, given, pieces, separator=None) == found
    [word] = align(log_probs, "he", [*pieces[:5], " "]).words
    assert word.score == -9.0  # "he", not "▁he": a space is between words
    with pytest.raises(ValueError, match=r"cannot spell 'yes': no label fits at 'y'\. Write"):
        align(log_probs, "hello yes", pieces, separator=None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "a text must be a string or a list of words, not NoneType"),
        (b"ab", "a word must be a string, or a string and its labels, not 97"),
        ([b"ab"], "a word must be a string, or a string and its labels, not b'ab'"),
        ([("a", "b", "c")], "a word must be a string, or a string and its labels, not"),
        (
            [("a", None)],
            "the spelling of 'a' must be a list of strings in their order, not NoneType",
        ),
        ([("a", {"a"})], "the spelling of 'a' must be a list of strings in their order, not set"),
    ],
)
def test_what_is_no_text_is_refused(text: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        align(np.full((9, 5), -2.0), text, LABELS)


def test_impossible_texts_and_frames_are_refused() -> None:
    log_probs = np.full((4, 5), -1.0)
    log_probs[:, 2] = -np.inf
    with pytest.raises(ValueError, match="each of its paths has the probability 0 in some frame"):
        align(log_probs, "b", LABELS)
    log_probs[2, [1, 4]] = -np.inf
    with pytest.raises(ValueError, match="frame 2: the blank and all labels of the text have"):
        align(log_probs, "a", LABELS)
    log_probs = np.full((4, 5), -1.0)
    log_probs[3, 0] = np.nan
    with pytest.raises(ValueError, match="frame 3, label ' ': NaN in the log-probabilities"):
        align(log_probs, "a", LABELS)


def test_no_text_and_no_frames() -> None:
    assert align(np.zeros((0, 5)), "", LABELS) == Alignment((), (), 0.0)
    assert align(np.full((3, 5), -0.5), " ", LABELS) == Alignment((), (), -1.5)


def test_any_layout_gives_the_same() -> None:
    log_probs = noisy_log_probs(4, "ab cab", LABELS, noise=0.4).astype(np.float32)
    expected = align(log_probs, "ab cab", LABELS)
    wide = np.zeros((2 * len(log_probs), 10), np.float32)
    wide[::2, ::2] = log_probs
    forms: list[Any] = [log_probs.astype(np.float64), np.asfortranarray(log_probs), wide[::2, ::2]]
    for form in [*forms, log_probs.astype(">f4"), log_probs[::-1].copy()[::-1]]:
        assert align(form, "ab cab", LABELS) == expected


# --- Long ones ---------------------------------------------------------------------------------

HOURS = """
import resource, sys
import numpy as np
from native.alignment import align

def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

frames, letters = int(sys.argv[1]), int(sys.argv[2])
source = np.random.default_rng(0)
labels = [" ", *"abcdefghijklmnopqrstuvwxyz'"]
text = source.integers(1, 28, letters)
text[source.random(letters) < 0.15] = 0
text[[0, -1]] = 1
text[1:][(text[1:] == 0) & (text[:-1] == 0)] = 2
places = np.sort(source.choice(frames // 2, size=letters, replace=False)) * 2
heard = np.where(source.random(letters) < 0.9, text, source.integers(0, 28, letters))
log_probs = np.full((frames, 29), np.log(0.02 / 28), np.float32)
log_probs[:, 28] = np.log(0.98)
log_probs[places, 28] = np.log(0.02 / 28)
log_probs[places, heard] = np.log(0.98)
sentence = "".join(labels[n] for n in text)
before = peak()
found = align(log_probs, sentence, labels)
begins = np.array([span.begin_frame for span in found.labels])
print(peak() - before, len(found.words) == len(sentence.split()), np.abs(begins - places).max(),
      np.mean(begins == places))
"""


@pytest.mark.slow
def test_hours_take_memory_for_their_text_alone() -> None:
    """Two hours of 20 ms frames at 12 labels a second, a tenth misheard: back pointers for all
    would be 360,000 times 86,400 bytes."""
    command = [sys.executable, "-c", HOURS, "360000", "86400"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    grown, has_all_words, furthest, exact = done.stdout.split()
    # 16 MB in C++; the rest are Python's objects for each label.
    assert float(grown) < 150
    assert has_all_words == "True"
    assert int(furthest) < 100
    assert float(exact) > 0.95


def test_other_threads_run_meanwhile() -> None:
    log_probs, text = random_utterance(7, 16_000, 4_000)
    words = spelled(text)
    assert turns_while(lambda: align(log_probs, words, LABELS, separator=None)) > 20
