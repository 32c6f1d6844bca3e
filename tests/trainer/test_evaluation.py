"""Error rates over clips, and which clips are shown."""

from pathlib import Path

import pytest

from trainer.evaluation import Evaluation, Scored

PAIRS = {
    "a": ("one two three four", "one two three four"),
    "b": ("one two three four", "one too three four"),
    "c": ("one two three four", "one three four five six"),
    "d": ("one", ""),
    "e": ("one two", "one two"),
}


@pytest.fixture
def evaluation() -> Evaluation:
    return Evaluation.of(Scored(Path(name), *pair) for name, pair in reversed(PAIRS.items()))


def test_rates_are_of_all_words_and_not_means_of_clips(evaluation: Evaluation) -> None:
    words = evaluation.words
    assert (words.substitutions, words.deletions, words.insertions) == (1, 2, 2)
    assert words.rate == 5 / 15
    assert evaluation.summary() == (
        "5 clips, 15 words: WER 33.33% (1 substituted, 2 deleted, 2 inserted), CER 26.56%, "
        "WER of the median clip 25.00%"
    )


def test_from_the_best_to_the_worst(evaluation: Evaluation) -> None:
    assert [one.path.name for one in evaluation.scored] == ["a", "e", "b", "c", "d"]


def test_samples(evaluation: Evaluation) -> None:
    assert evaluation.samples(1).splitlines() == [
        "best",
        "  WER 0.00%, CER 0.00%  a",
        "    true       one two three four",
        "    predicted  one two three four",
        "median",
        "  WER 25.00%, CER 5.56%  b",
        "    true       one two three four",
        "    predicted  one too three four",
        "worst",
        "  WER 100.00%, CER 100.00%  d",
        "    true       one",
        "    predicted  ",
    ]
    shown = [line.split()[-1] for line in evaluation.samples(3).splitlines() if "CER" in line]
    assert shown == ["a", "e", "b", "e", "b", "c", "d", "c", "b"]


def test_fewer_clips_than_are_asked_for() -> None:
    two = Evaluation.of(Scored(Path(name), *PAIRS[name]) for name in "ab")
    assert two.samples(9).count("true ") == 6


def test_no_clips() -> None:
    none = Evaluation.of([])
    assert none.summary().startswith("0 clips, 0 words: WER 0.00%")
    assert none.samples(3).splitlines() == ["best", "median", "worst"]
