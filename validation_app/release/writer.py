"""Fills the archive of a release: one clip after the other, then the tables they have made."""

from array import array
from pathlib import Path
from typing import Final

from importers.console import Progress
from importers.corpus import SPLITS
from importers.splits.clips import NOWHERE
from importers.splits.corpora_creator import CorporaCreatorClips
from importers.votes import Verdict, decide
from validation_app.release import layout
from validation_app.release.archive import ReleaseArchive
from validation_app.release.datasheet import datasheet
from validation_app.release.earlier import EarlierClips
from validation_app.release.growing_tables import GrowingTables, put_stream
from validation_app.release.names import ReleaseName, clip_name
from validation_app.release.problems import Problem, find_problem
from validation_app.release.snapshot import ReleaseClip, Snapshot
from validation_app.release.tally import Tally

VOTE_RULE: Final = "corpora-creator"
"""Of every release since 5.0, and so of what `invalidated` and `other` mean to who reads one. The
app's own rule decides which clips are still asked about; both find the same clips valid."""

_DURATIONS = "clip_durations.tsv"


class ReleaseWriter:
    """Puts one clip after another into the archive, and its row into the tables."""

    def __init__(
        self,
        name: ReleaseName,
        clips: Path,
        earlier: EarlierClips,
        archive: ReleaseArchive,
        tables: GrowingTables,
    ) -> None:
        """``clips`` is the folder of the MP3s."""
        self._name = name
        self._clips = clips
        self._earlier = earlier
        self._archive = archive
        self._tables = tables
        self._splits = CorporaCreatorClips()
        self._valid_ms = array("q")
        self.tally = Tally()
        self.problem_rows: list[bytes] = []

    def write(self, snapshot: Snapshot, licence: str) -> None:
        """All of a snapshot.

        Raises UsageError when an earlier release holds another clip under a name, OSError.
        """
        for name in layout.TABLES.values():
            self._begin(name)
        self._tables.begin(_DURATIONS, layout.DURATIONS)
        with Progress(self._name.archive, snapshot.clip_count, " clips") as progress:
            for count, clip in enumerate(snapshot.clips(), start=1):
                self._write_clip(clip)
                progress.show(count)
        if not self._name.is_delta:
            self._write_splits()
        self._tables.begin("unvalidated_sentences.tsv", layout.UNVALIDATED_SENTENCES)
        self._tables.put(self._archive)
        put_stream(self._archive, "validated_sentences.tsv", snapshot.sentences)
        put_stream(self._archive, "reported.tsv", snapshot.reports)
        text = datasheet(self._name, self.tally, licence, snapshot.speakers)
        self._archive.add("README.md", text.encode())

    def _begin(self, name: str) -> None:
        self._tables.begin(name, layout.CLIPS)
        self.tally.clips[name] = 0

    def _write_clip(self, clip: ReleaseClip) -> None:
        if self._earlier.hold(clip):
            self.tally.earlier += 1
            return
        path = clip_name(self._name.locale, clip.id)
        audio = _read(self._clips / clip.file)
        problem = find_problem(audio, clip.duration_ms)
        if problem is not None:
            self._note(path, problem)
        if audio is None or (problem is not None and problem.is_excluded):
            return
        self._archive.add(f"clips/{path}", audio)
        self._add_row(clip, path)

    def _note(self, path: str, problem: Problem) -> None:
        self.tally.count_problem(problem)
        cells = (path, self._name.locale, problem.reason, problem.status)
        moment = self._name.moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self.problem_rows.append(layout.line((*cells, moment, problem.value)))

    def _add_row(self, clip: ReleaseClip, path: str) -> None:
        verdict = decide(clip.votes, VOTE_RULE)
        table = layout.TABLES[verdict]
        self._tables.add(table, layout.line(_cells(clip, path, self._name.locale)))
        self._tables.add(_DURATIONS, layout.line((path, clip.duration_ms)))
        self.tally.clips[table] += 1
        self.tally.milliseconds[table] += clip.duration_ms
        if clip.client_id:
            self.tally.speakers.add(clip.client_id)
        self.tally.ages[clip.age] += 1
        self.tally.genders[clip.gender] += 1
        if verdict is Verdict.VALID:
            self._splits.append(clip.client_id or None, clip.text, path)
            self._valid_ms.append(clip.duration_ms)

    def _write_splits(self) -> None:
        names = [f"{split}.tsv" for split in SPLITS]
        for name in names:
            self._begin(name)
        codes = self._splits.split().tolist()
        rows = self._tables.lines(layout.TABLES[Verdict.VALID])
        for code, row, milliseconds in zip(codes, rows, self._valid_ms, strict=True):
            if code != NOWHERE:
                self._tables.add(names[code], row)
                self.tally.clips[names[code]] += 1
                self.tally.milliseconds[names[code]] += milliseconds


def _cells(clip: ReleaseClip, path: str, locale: str) -> tuple[object, ...]:
    """In the order of layout.CLIPS."""
    said = (clip.sentence_id, clip.text, clip.domain, clip.up_votes, clip.down_votes)
    return (clip.client_id, path, *said, clip.age, clip.gender, clip.accents, "", locale, "")


def _read(path: Path) -> bytes | None:
    """None where there is no such file; any other failure is the disk's, and ends the export."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
