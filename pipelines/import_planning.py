"""The first pass over the tables: judge every row, decide over splits, plan what is to convert."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from importers import storage
from importers.corpus import Corpus, ReadOptions, Utterance, markup_rule
from importers.filters import RateSample
from importers.manifest import wav_name
from importers.report import Reason, Reject
from pipelines.audio_holders import AudioHolders
from pipelines.clip_files import encoded_name
from pipelines.import_labels import Accepted, Judge, LabelRules
from pipelines.import_plan import PlannedClip, PlanSlice, PlanWriter
from pipelines.import_sources import OpenedSource
from pipelines.import_splits import Labeller, Labels
from pipelines.import_state import ImportState, Results
from pipelines.reuse import ReusedClips

# Of a folder these may have been mended since; of an archive they cannot.
_MENDABLE = frozenset({Reason.MISSING_AUDIO, Reason.EMPTY_FILE, Reason.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read, and how: the same rows each time."""

    corpus: Corpus
    sources: Sequence[OpenedSource]
    rules: LabelRules
    options: ReadOptions

    def judged(self, judge: Judge) -> Iterator[tuple[int, Accepted | Reject]]:
        """The rows of all sources, with the number of each one's source.

        The newest source comes first: of a clip that is in several, its row counts.
        """
        for number, opened in reversed(list(enumerate(self.sources))):
            for row in judge(opened.read(self.corpus, self.options), opened.source.name):
                yield number, row

    def rows(self) -> Iterator[Accepted | Reject]:
        """The same without the numbers, by a judge of their own."""
        return (row for _, row in self.judged(self.judge()))

    def judge(self) -> Judge:
        """By the corpus's own markup, and the user's rules."""
        return Judge(self.rules, markup_rule(self.corpus))


@dataclass(frozen=True, slots=True)
class Planned:
    """What came of the first pass."""

    labels: Labels
    """The split of each accepted row."""
    notes: list[str]
    slices: Sequence[list[PlanSlice]]
    """For each source, the slices of its plan: of the clips whose audio it has."""
    recounted: int
    """Clips whose votes, counted anew, have moved them to another group."""

    @property
    def clips(self) -> int:
        """That are to be converted."""
        return sum(piece.clips for slices in self.slices for piece in slices)


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What decides over which clips are still to be converted."""

    audio_format: str
    """One of native.audio.AUDIO_FORMATS."""
    keep_clips: bool
    """The encoded clips of archives are wanted too."""
    retry_rejects: bool
    """So are those that could not be converted."""


def plan(
    reading: Reading,
    state: ImportState,
    done: Results,
    rates: RateSample,
    options: PlanOptions,
    reused: ReusedClips | None,
) -> Planned:
    """Judge all rows; decide over their splits; plan what is not converted yet, nor ``reused``.

    ``rates`` gets the clips whose rate of speech is the measure for the others.
    """
    info = reading.corpus.INFO
    holders = AudioHolders(reading.sources)
    judge, labeller = reading.judge(), Labeller(info, reading.rules, reading.options.locale)
    with contextlib.ExitStack() as files:
        plans = [
            PlanWriter(files.enter_context(storage.put_atomic(state.plan(number))), 0)
            for number in range(len(reading.sources))
        ]
        for number, row in reading.judged(judge):
            if isinstance(row, Reject):
                continue  # counted and listed when the manifests are written
            utterance = row.utterance
            labeller.add(row)
            if utterance.group == info.groups[0]:
                rates.add(utterance.key, utterance.locale, row.transcript)
            holder = holders.of(number, utterance.audio)
            taken = number if holder is None else holder
            opened = reading.sources[taken]
            files_of_clip = _wanted_files(utterance, opened, options)
            retried = _retried(opened, options, is_there=holder is not None)
            if _is_done(utterance.key, files_of_clip, done, state, retried):
                continue
            if reused is None or not reused.take(utterance, files_of_clip[1]):
                audio = opened.audio(utterance.audio)
                plans[taken].write(PlannedClip(utterance.key, audio, utterance.seconds))
        slices = [one.slices() for one in plans]
    if reused is not None:
        reused.finish()
    labels, notes = labeller.decide()
    return Planned(labels, notes, slices, judge.recounted)


def _retried(opened: OpenedSource, options: PlanOptions, *, is_there: bool) -> frozenset[Reason]:
    """Of a clip that was rejected for one of these, the conversion is tried again.

    ``is_there``: its audio is known to be in that source.
    """
    if options.retry_rejects:
        return frozenset(Reason)
    if not opened.source.is_archive:
        return _MENDABLE
    return frozenset({Reason.MISSING_AUDIO}) if is_there else frozenset()


def _wanted_files(
    utterance: Utterance, opened: OpenedSource, options: PlanOptions
) -> tuple[str, str | None]:
    """Where in the target the clip is wanted, and where its encoded form, if it is."""
    key, keeps_encoded = utterance.key, options.keep_clips and opened.source.is_archive
    encoded = encoded_name(key, utterance.audio) if keeps_encoded else None
    return wav_name(key, options.audio_format), encoded


def _is_done(
    key: str,
    files: tuple[str, str | None],
    done: Results,
    state: ImportState,
    retried: frozenset[Reason],
) -> bool:
    """Whether a clip is rejected for good, or its files stand, whole by their sizes."""
    if key not in done.frames:
        return key in done.rejects and done.rejects[key].reason not in retried
    wav, encoded = files
    return _stands(state.target / wav, done.size(key)) and (
        encoded is None or _stands(state.target / encoded, done.encoded.get(encoded))
    )


def _stands(path: Path, size: int | None) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False
