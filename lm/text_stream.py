"""All sentences of a build, one source after another, counted while they pass."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from importers.errors import MynaError
from importers.manifest import read_manifest
from importers.text import TextRules
from lm.build_progress import BuildProgress
from lm.sentences import Source, read_sentences
from lm.units import Units, words_in
from lm.vocabulary import MANY
from native.sentences import SentenceReader, WordCounts

EXCLUDED = "excluded"
"""The reason of sentences that repeat one that is kept out."""


class TextStream:
    """The sentences of some sources; manifests come first."""

    def __init__(
        self, sources: Sequence[Source], rules: TextRules, excluded: Sequence[Path], threads: int
    ) -> None:
        self.sources = sorted(sources, key=lambda source: source.kind != "manifest")
        transcripts = [entry.transcript for path in excluded for entry in read_manifest(path)]
        self._reader = SentenceReader(rules.rules, rules.locale, transcripts)
        self._threads = threads
        self.units = Units()
        self.counts = WordCounts()
        """Of the units, without the space."""
        self.running_words = 0
        self.transcript_characters = ""
        """Of the sentences of the manifests, once those have been read."""

    @property
    def sentences(self) -> int:
        """How many have passed."""
        return sum(source.sentences for source in self.sources)

    @property
    def rejected(self) -> Counter[str]:
        """Lines that are no sentences, by reason."""
        return sum((source.rejected for source in self.sources), Counter[str]())

    @property
    def spaced(self) -> bool:
        """Whether some sentence has several words."""
        return self.running_words > self.sentences

    def batches(self, progress: BuildProgress) -> Iterator[bytes]:
        """The units of the sentences (lm/units.py), about a megabyte at a time."""
        progress.begin_reading([source.path for source in self.sources])
        for source in self.sources:
            yield from self.batches_of(source, progress)

    def batches_of(self, source: Source, progress: BuildProgress) -> Iterator[bytes]:
        """Those of one of the sources."""
        for batch in read_sentences(
            source, self._reader, threads=self._threads, on_bytes=progress.add_bytes
        ):
            self.running_words += words_in(batch)
            yield self._count(batch)
        if source.kind == "manifest":
            progress.add_bytes(source.path.stat().st_size)
            self.transcript_characters = self.counts.characters()

    def take_apart(self, units: Units, passed: Iterable[bytes]) -> list[bytes]:
        """From here on into these units; what of words has passed too, as if from the start."""
        if units.unit == self.units.unit:
            return list(passed)
        self.units, self.counts = units, WordCounts()
        return [self._count(batch) for batch in passed]

    def _count(self, sentences: bytes) -> bytes:
        tokens = self.units.tokens(sentences)
        self.counts.add(self.units.spellings(tokens))
        return tokens

    def check(self) -> Iterator[str]:
        """What is said of lines that are left out, once all has been read.

        Raises MynaError when no sentence is left.
        """
        self.check_not_empty()
        rejected = self.rejected
        excluded, lines = rejected.pop(EXCLUDED, 0), self.sentences + rejected.total()
        if self._reader.excluded:
            yield (
                f"kept out: {excluded:,} sentences that repeat one of the "
                f"{self._reader.excluded:,} of --exclude"
            )
        if rejected.total() > MANY * lines:
            yield (
                f"warning: {rejected.total() / lines:.1%} of the lines ({rejected.total():,} of "
                f"{lines:,}) are left out: {_listed(rejected)}"
            )

    def check_not_empty(self) -> None:
        """Raises MynaError when everything has been read and no sentence is left."""
        if self.counts.running:
            return
        rejected = self.rejected
        names = ", ".join(source.name for source in self.sources)
        raise MynaError(
            f"no sentence in {names}: "
            + (
                f"{rejected.total():,} lines, all rejected ({_listed(rejected)})"
                if rejected
                else "nothing is there"
            )
            + ". Text has one sentence a line, without digits"
        )


def _listed(rejected: Counter[str]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in sorted(rejected.items()))
