"""Sentences and word counts against plain Python."""

from collections import Counter
from unicodedata import normalize

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from importers.alphabet import Alphabet
from native.sentences import LeftOut, SentenceReader, WordCounts
from native.text import RULES, normalise

WORDS = st.text("abcé", min_size=1, max_size=3)
LINES = st.lists(st.text("aB é'·\u200d\u0301.\t\r\0<>/sunk5日", max_size=12))


def expected_sentence(line: str, rules: str, locale: str | None) -> tuple[str, str | None]:
    text, problem = normalise(line, rules, locale)
    if rules != "unicode" and not problem:
        text = normalize("NFC", " ".join(text.replace("\0", " ").split()))
        if {"<s>", "</s>", "<unk>"} & set(text.split()):
            return "", "reserved"
        problem = None if text else "empty"
    return text, problem


@given(LINES, st.sampled_from(RULES), st.sampled_from([None, "tr", "ca"]), st.integers(1, 3))
@example(["<s> a", "a\0<unk>", "</s>", "<s>a", "a\0b", " \0"], "none", None, 1)
@settings(max_examples=300)
def test_lines_become_what_the_text_rules_say(
    lines: list[str], rules: str, locale: str | None, threads: int
) -> None:
    lines = [line.replace("\n", " ") for line in lines]
    read = SentenceReader(rules, locale).read("".join(f"{x}\n" for x in lines).encode(), threads)
    expected = [expected_sentence(line, rules, locale) for line in lines]
    kept = [text for text, problem in expected if not problem]
    assert read.text.decode() == "".join(f"{text}\n" for text in kept)
    assert read.count == len(kept)
    assert read.rejected == Counter(problem for _, problem in expected if problem)


def test_many_lines_on_threads_stay_in_order() -> None:
    lines = [f"Wort {'äÖü' * (number % 50)} {chr(97 + number % 26)}" for number in range(20_000)]
    content = "\n".join(lines).encode()
    assert len(content) > 1 << 20
    expected = "".join(f"{' '.join(line.lower().split())}\n" for line in lines)
    for threads in (1, 3):
        read = SentenceReader().read(content, threads)
        assert read.text.decode() == expected
        assert (read.count, read.rejected) == (len(lines), {})
    assert SentenceReader().read(b"").text == b""
    with pytest.raises(ValueError, match="UTF-8"):
        SentenceReader().read(content + b"\n\xff", 3)


def test_excluded_sentences_are_told_by_their_letters() -> None:
    reader = SentenceReader("unicode", None, ["Don't stop!", "col·legi", "a\u200cb", "Room 5", "…"])
    assert reader.excluded == 3  # what the rules reject comes nowhere anyway
    read = reader.read(b"dont STOP\ndon t stop now\nCol legi\nab\na c\n")
    assert read.text == b"don t stop now\na c\n"
    assert read.rejected == {"excluded": 3}
    catalan = SentenceReader("unicode", "ca", ["col·legi"])
    assert catalan.read("col·legi\ncollegi\ncol·le\n".encode()).text.decode() == "col·le\n"


def test_excluded_sentences_are_told_whatever_their_case() -> None:
    reader = SentenceReader("unicode", "de", ["Die STRASSE", "ΣΟΦΟΣ", "ﬁn"])
    read = reader.read("die Straße\nσοφοσ\nfin\nfinn\n".encode())
    assert (read.text, read.rejected) == (b"finn\n", {"excluded": 3})
    as_written = SentenceReader("none", None, ["Ein ẞ"])
    assert as_written.read(b"EIN SS\nein s\n").text == b"ein s\n"


@given(LINES, st.lists(st.sampled_from("aBé日'·")), st.integers(1, 3))
def test_what_is_kept_out_later_is_what_is_kept_out_at_once(
    lines: list[str], excluded: list[str], threads: int
) -> None:
    content = "".join(f"{line}\n".replace("\n", " ") + "\n" for line in lines).encode()
    at_once = SentenceReader(excluded=excluded).read(content)
    later = SentenceReader(excluded=excluded).without_excluded(
        SentenceReader().read(content).text, threads
    )
    assert (later.text, later.count) == (at_once.text, at_once.count)
    assert later.rejected.get("excluded", 0) == at_once.rejected.get("excluded", 0)
    assert set(later.rejected) <= {"excluded"}


def test_unknown_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="no text rules"):
        SentenceReader("mine")


def counts_of(sentences: list[str]) -> WordCounts:
    counts = WordCounts()
    counts.add("".join(f"{sentence}\n" for sentence in sentences).encode())
    return counts


def test_ties_are_broken_by_code_points() -> None:
    chosen = counts_of(["b é a", "z a é", "z b z"]).choose(None, 3)
    assert chosen.words == ("z", "a", "b")
    assert (chosen.running, chosen.rare) == (7, LeftOut(1, 2))


def test_foreign_characters_come_by_how_often_they_stand_in_the_way() -> None:
    chosen = counts_of(["aé aa aa xü", *["üaü"] * 5]).choose(["a"], 10)
    assert chosen.words == ("aa",)
    assert chosen.unwritable == LeftOut(3, 7)
    assert chosen.foreign == "üxé"


@given(
    st.lists(st.lists(WORDS, min_size=1).map(" ".join)),
    st.integers(1, 5),
    st.sampled_from([None, ("a", "b"), ("a", "bc", "b"), ("é", " ")]),
)
def test_words_are_chosen_as_a_counter_would(
    sentences: list[str], top: int, labels: tuple[str, ...] | None
) -> None:
    counts = counts_of(sentences)
    oracle = Counter(" ".join(sentences).split())
    assert (counts.words, counts.running) == (len(oracle), oracle.total())
    assert counts.characters() == "".join(sorted(set("".join(oracle))))
    can_encode = Alphabet(labels).can_encode if labels else lambda word: True
    ranked = sorted(filter(can_encode, oracle), key=lambda word: (-oracle[word], word))
    foreign: Counter[str] = Counter()
    for word in oracle:
        if not can_encode(word):
            for character in set(word) - set("".join(labels or ())):
                foreign[character] += oracle[word]
    chosen = counts.choose(labels, top)
    assert chosen.words == tuple(ranked[:top])
    assert chosen.running == sum(oracle[word] for word in ranked[:top])
    assert chosen.rare == (len(ranked[top:]), sum(oracle[word] for word in ranked[top:]))
    unwritable = [word for word in oracle if not can_encode(word)]
    assert chosen.unwritable == (len(unwritable), sum(oracle[word] for word in unwritable))
    assert chosen.foreign == "".join(sorted(foreign, key=lambda c: (-foreign[c], c)))


@given(st.lists(st.lists(WORDS, min_size=1).map(" ".join)), st.integers(0, 5))
def test_counts_may_be_listed_and_added(sentences: list[str], parted: int) -> None:
    oracle = Counter(" ".join(sentences).split())
    lines = "".join(f"{word} {oracle[word]}\n" for word in sorted(oracle)).encode()
    assert counts_of(sentences).listed() == lines
    together = counts_of(sentences[:parted])
    together.add_listed(counts_of(sentences[parted:]).listed())
    assert (together.listed(), together.running) == (lines, oracle.total())


@pytest.mark.parametrize(
    "line",
    [b"a 1", b"a\n", b" 1\n", b"\n", b"a 0\n", b"a -1\n", b"a 1 \n", b"a b 1\n", b"a 1x\n",
     b"a 18446744073709551616\n", b"a 18446744073709551614\n"],
)  # fmt: skip
def test_what_is_no_count_is_refused(line: bytes) -> None:
    counts = WordCounts()
    with pytest.raises(ValueError, match="a line that is no word and its count"):
        counts.add_listed(b"b 2\n" + line)
    assert counts.listed() == b"b 2\n"


def test_a_table_that_grows_forgets_nothing() -> None:
    words = [f"w{number % 30_011}" for number in range(100_000)]
    counts = WordCounts()
    for start in range(0, len(words), 7_000):
        counts.add(" ".join(words[start : start + 7_000]).encode())
    oracle = Counter(words)
    assert (counts.words, counts.running) == (30_011, 100_000)
    ranked = sorted(oracle, key=lambda word: (-oracle[word], word))
    assert counts.choose(None, 50_000).words == tuple(ranked)
