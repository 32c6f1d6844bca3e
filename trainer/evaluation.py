"""How well clips are recognised: error rates over all, and the best, median and worst of them."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from importers.scoring import ErrorCounts, character_errors, word_errors


@dataclass(frozen=True)
class Scored:
    """A clip, what is said in it and what was recognised."""

    path: Path
    reference: str
    hypothesis: str

    @cached_property
    def words(self) -> ErrorCounts:
        """Errors in words."""
        return word_errors(self.reference, self.hypothesis)

    @cached_property
    def characters(self) -> ErrorCounts:
        """Errors in characters."""
        return character_errors(self.reference, self.hypothesis)

    @property
    def rank(self) -> tuple[float, float, str]:
        """Sorts clips from the best to the worst, always in the same way."""
        return self.words.rate, self.characters.rate, str(self.path)


@dataclass(frozen=True)
class Evaluation:
    """Clips and what was recognised in them, from the best to the worst."""

    scored: tuple[Scored, ...]

    @classmethod
    def of(cls, scored: Iterable[Scored]) -> "Evaluation":
        """Sorts the clips."""
        return cls(tuple(sorted(scored, key=lambda one: one.rank)))

    @cached_property
    def words(self) -> ErrorCounts:
        """Errors in words, over all clips."""
        return sum((one.words for one in self.scored), ErrorCounts())

    @cached_property
    def characters(self) -> ErrorCounts:
        """Errors in characters, over all clips."""
        return sum((one.characters for one in self.scored), ErrorCounts())

    def summary(self) -> str:
        """One line: clips, WER with its three kinds of errors, CER."""
        words = self.words
        return (
            f"{len(self.scored):,} clips, {words.reference_length:,} words: WER {words.rate:.2%} "
            f"({words.substitutions:,} substituted, {words.deletions:,} deleted, "
            f"{words.insertions:,} inserted), CER {self.characters.rate:.2%}, "
            f"WER of the median clip {self.median_rate:.2%}"
        )

    @property
    def median_rate(self) -> float:
        """The WER of the clip in the middle."""
        return statistics.median(one.words.rate for one in self.scored) if self.scored else 0.0

    def samples(self, count: int) -> str:
        """So many of the best, of those in the middle and of the worst clips, in full."""
        middle = max((len(self.scored) - count) // 2, 0)
        parts = (
            ("best", self.scored[:count]),
            ("median", self.scored[middle : middle + count]),
            ("worst", self.scored[::-1][:count]),
        )
        return "\n".join(line for title, some in parts for line in _section(title, some))


def measured_facts(greedy: Evaluation, searched: Evaluation | None) -> dict[str, int | float]:
    """What a model's description keeps of its test set (ModelFolder.with_facts).

    ``searched`` is with a language model, where there is one.
    """
    facts: dict[str, int | float] = {
        "test_clips": len(greedy.scored),
        "wer": greedy.words.rate,
        "cer": greedy.characters.rate,
    }
    if searched is not None:
        facts["wer_with_language_model"] = searched.words.rate
        facts["cer_with_language_model"] = searched.characters.rate
    return facts


def _section(title: str, scored: Sequence[Scored]) -> list[str]:
    lines = [title]
    for one in scored:
        lines += [
            f"  WER {one.words.rate:.2%}, CER {one.characters.rate:.2%}  {one.path}",
            f"    true       {one.reference}",
            f"    predicted  {one.hypothesis}",
        ]
    return lines
