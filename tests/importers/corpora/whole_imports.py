"""A whole import in this process, and what came of it."""

import csv
from dataclasses import dataclass
from pathlib import Path

from importers.registry import load
from importers.report import ImportReport
from pipelines.import_corpus import ImportRequest, import_corpus


@dataclass(frozen=True)
class Imported:
    """The report of an import, and the rows of its CSVs."""

    target: Path
    report: ImportReport
    sets: dict[str, list[dict[str, str]]]
    """The manifests that hold something, by name."""
    rejects: list[tuple[str, str]]
    """Key and reason of each, sorted."""

    @property
    def names(self) -> dict[str, list[str]]:
        """The keys of each set, sorted."""
        return {
            name: sorted(Path(row["wav_filename"]).stem for row in rows)
            for name, rows in self.sets.items()
        }

    @property
    def transcripts(self) -> dict[str, str]:
        """By key."""
        rows = [row for rows in self.sets.values() for row in rows]
        return {Path(row["wav_filename"]).stem: row["transcript"] for row in rows}


def import_whole(corpus: str, target: Path, source: Path) -> Imported:
    """Import ``source``; the numbers of its report and its files have to be the same."""
    report = import_corpus(ImportRequest(corpus, target, source))
    manifests = {name: _rows(target / f"{name}.csv") for name in load(corpus).INFO.set_names()}
    sets = {name: rows for name, rows in manifests.items() if rows}
    rejects = sorted((row["key"], row["reason"]) for row in _rows(target / "rejects.csv"))
    assert report.imported == sum(map(len, sets.values()))
    assert report.rejected == len(rejects)
    assert report.read == report.imported + report.rejected
    return Imported(target, report, sets, rejects)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
