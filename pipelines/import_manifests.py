"""The last step of an import: from tables and conversion results to manifests and report."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from importers import storage
from importers.alphabet import Alphabet
from importers.corpus import CorpusInfo
from importers.filters import ClipFilter
from importers.manifest import (
    SAMPLE_RATE,
    Entry,
    ManifestWriter,
    wav_name,
    write_rejects,
)
from importers.report import ImportReport, Reject, SetReport
from pipelines.import_labels import Accepted
from pipelines.import_state import Results

REJECTS = "rejects.csv"
REPORT = "report.json"
ALPHABET = "alphabet.txt"


class ManifestSet:
    """All manifests of an import, open at once, and the report that grows with their rows."""

    def __init__(
        self,
        target: Path,
        info: CorpusInfo,
        report: ImportReport,
        absolute_paths: bool,
        audio_format: str,
        files: contextlib.ExitStack,
    ) -> None:
        self._info = info
        self._audio_format = audio_format
        self._report = report
        self._folder = f"{target.resolve()}/" if absolute_paths else ""
        self._speakers: dict[str, set[str]] = {name: set() for name in info.set_names()}
        self._characters: set[str] = set()
        self._writers = {
            name: ManifestWriter(
                files.enter_context(storage.put_atomic(target / f"{name}.csv")), info.columns
            )
            for name in info.set_names()
        }
        report.sets = {name: SetReport() for name in info.set_names()}

    def add(self, accepted: Accepted, split: str | None, frames: int, size: int) -> None:
        """Write the row of a converted clip to its set."""
        utterance = accepted.utterance
        name = self._info.set_name(utterance.group, split)
        seconds = frames / SAMPLE_RATE
        self._writers[name].write(
            Entry(
                wav_filename=self._folder + wav_name(utterance.key, self._audio_format),
                wav_filesize=size,
                transcript=accepted.transcript,
                duration=seconds,
                speaker=utterance.speaker or "",
                locale=utterance.locale,
                sentence=utterance.text,
                extra=utterance.extra,
            )
        )
        self._count(name, utterance.speaker, seconds)
        if utterance.group == self._info.groups[0]:
            self._characters.update(accepted.transcript)

    def _count(self, name: str, speaker: str | None, seconds: float) -> None:
        counts = self._report.sets[name]
        counts.clips += 1
        counts.seconds += seconds
        if speaker is not None:
            self._speakers[name].add(speaker)
            counts.speakers = len(self._speakers[name])

    def count_speakers(self) -> None:
        """Tell the report how many there are in all sets together."""
        self._report.speakers = len(set[str]().union(*self._speakers.values()))

    def alphabet(self) -> Alphabet | None:
        """The characters of the transcripts that a model is trained and tested on; None if none."""
        return Alphabet.from_texts(sorted(self._characters)) if self._characters else None


def remove_manifests(target: Path, info: CorpusInfo) -> None:
    """Remove what write_manifests made, the report first."""
    names = [REPORT, *(f"{name}.csv" for name in info.set_names()), REJECTS, ALPHABET]
    for name in names:
        (target / name).unlink(missing_ok=True)


def write_manifests(
    target: Path,
    info: CorpusInfo,
    rows: Iterable[Accepted | Reject],
    splits: Iterator[str | None],
    results: Results,
    report: ImportReport,
    *,
    keep: ClipFilter,
    alphabet: Alphabet | None,
    absolute_paths: bool,
    audio_format: str,
) -> None:
    """Write every set's CSV, rejects.csv, alphabet.txt and, last, report.json.

    ``splits`` holds the split of each accepted row; ``keep`` decides over converted clips;
    ``alphabet`` is the user's, else the transcripts' characters make one. Each file appears whole
    or not at all; an import whose report.json is missing is not done.
    """
    # Without its report an import is not done: a mix of new and old files is never taken for one.
    (target / REPORT).unlink(missing_ok=True)
    with contextlib.ExitStack() as files:
        manifests = ManifestSet(target, info, report, absolute_paths, audio_format, files)
        rejects_file = files.enter_context(storage.put_atomic(target / REJECTS))

        def rejected() -> Iterator[tuple[str, str, str]]:
            for row in rows:
                reject = _place(row, splits, results, manifests, keep)
                if reject is not None:
                    report.rejects[reject.reason] += 1
                    yield reject.key, reject.reason, reject.detail

        write_rejects(rejects_file, rejected())
    manifests.count_speakers()
    if alphabet is None or alphabet.is_bytes:  # which has no file
        alphabet = manifests.alphabet()
    if alphabet is None:
        (target / ALPHABET).unlink(missing_ok=True)  # of an earlier run, which had clips
    else:
        storage.put_text(target / ALPHABET, alphabet.to_text())
    storage.put_text(target / REPORT, report.to_json())


def _place(
    row: Accepted | Reject,
    splits: Iterator[str | None],
    results: Results,
    manifests: ManifestSet,
    keep: ClipFilter,
) -> Reject | None:
    """Put a row into its manifest, or say why it is in none."""
    if isinstance(row, Reject):
        return row
    split = next(splits)
    key = row.utterance.key
    if key not in results.frames:
        return results.rejects[key]
    frames = results.frames[key]
    reject = keep(key, row.utterance.locale, row.transcript, frames)
    if reject is None:
        manifests.add(row, split, frames, results.size(key))
    return reject
