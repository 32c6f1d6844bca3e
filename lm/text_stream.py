"""All sentences of a build, one source after another, counted while they pass."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from importers.errors import MynaError
from importers.manifest import read_manifest
from importers.text import TextRules
from lm.build_progress import BuildProgress
from lm.counted_stream import CountedStream
from lm.counted_text import CountedText
from lm.sentences import Source, read_sentences
from lm.units import Units, words_in
from lm.vocabulary import MANY
from native.sentences import SentenceReader, WordCounts

EXCLUDED = "excluded"
"""The reason of sentences that repeat one that is kept out."""


class TextStream:
    """The sentences of some sources: manifests come first, then what is counted already."""

    def __init__(
        self,
        sources: Sequence[Source],
        rules: TextRules,
        excluded: Sequence[Path],
        threads: int,
        counted: Sequence[CountedText] = (),
        *,
        mix_dev: Sequence[str] = (),
    ) -> None:
        self._manifests = [source for source in sources if source.kind == "manifest"]
        self._texts = [source for source in sources if source.kind == "text"]
        self._counted = [CountedStream(one, excluded) for one in counted]
        already = [source for stream in self._counted for source in stream.sources]
        self.sources = [*self._manifests, *already, *self._texts]
        transcripts = [entry.transcript for path in excluded for entry in read_manifest(path)]
        self._reader = SentenceReader(rules.rules, rules.locale, [*transcripts, *mix_dev])
        flags = ("--exclude", transcripts), ("--mix-dev", mix_dev)
        self._excluded_by = " and ".join(flag for flag, texts in flags if texts)
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
        return rejected_of(self.sources)

    @property
    def spaced(self) -> bool:
        """Whether some sentence has several words."""
        return self.running_words > self.sentences

    def batches(self, progress: BuildProgress) -> Iterator[bytes]:
        """The units of the sentences (lm/units.py), about a megabyte at a time."""
        counted = [path for stream in self._counted for path in stream.files]
        others = [source.path for source in (*self._manifests, *self._texts)]
        progress.begin_reading([*counted, *others])
        for source in self._manifests:
            yield from self.batches_of(source, progress)
        for stream in self._counted:
            yield from self._counted_batches(stream, progress)
        for source in self._texts:
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
            self._add_characters(self.counts.characters())  # of manifests alone, up to here

    def _counted_batches(self, stream: CountedStream, progress: BuildProgress) -> Iterator[bytes]:
        if stream.whole and self.units.unit == "word":
            stream.add_words(self.counts)
        for batch in stream.batches(self._reader, self._threads, progress.add_bytes):
            self.running_words += words_in(batch)
            # (What a batch is may have been decided since the first one.)
            counted = stream.whole and self.units.unit == "word"
            yield batch if counted else self._count(batch)
        self._add_characters(stream.transcript_characters)

    def _add_characters(self, characters: str) -> None:
        self.transcript_characters = "".join(sorted({*self.transcript_characters, *characters}))

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
        return check_left_out_lines(self.sources, self._reader.excluded, self._excluded_by)

    def check_not_empty(self) -> None:
        """Raises MynaError when everything has been read and no sentence is left."""
        check_not_empty(self.sources)


def check_left_out_lines(sources: Sequence[Source], excluded: int, by: str) -> Iterator[str]:
    """What is said of lines that are left out, of sources that have been read.

    ``excluded`` is how many different sentences were to be kept out, ``by`` which flag. Raises
    MynaError when no sentence is left.
    """
    check_not_empty(sources)
    rejected = rejected_of(sources)
    kept_out = rejected.pop(EXCLUDED, 0)
    lines = sum(source.sentences for source in sources) + rejected.total()
    if excluded:
        yield f"kept out: {kept_out:,} sentences that repeat one of the {excluded:,} of {by}"
    if rejected.total() > MANY * lines:
        yield (
            f"warning: {rejected.total() / lines:.1%} of the lines ({rejected.total():,} of "
            f"{lines:,}) are left out: {_listed(rejected)}"
        )


def check_not_empty(sources: Sequence[Source]) -> None:
    """Raises MynaError when the sources, which have been read, have no sentence."""
    if any(source.sentences for source in sources):
        return
    rejected = rejected_of(sources)
    names = ", ".join(source.name for source in sources)
    raise MynaError(
        f"no sentence in {names}: "
        + (
            f"{rejected.total():,} lines, all rejected ({_listed(rejected)})"
            if rejected
            else "nothing is there"
        )
        + ". Text has one sentence a line, without digits"
    )


def rejected_of(sources: Sequence[Source]) -> Counter[str]:
    """Lines that are no sentences, by reason."""
    return sum((source.rejected for source in sources), Counter[str]())


def _listed(rejected: Counter[str]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in sorted(rejected.items()))
