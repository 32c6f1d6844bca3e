"""Writes a release: from the database and the clips to the archive, in one go through both."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from importers import storage
from importers.errors import UsageError
from importers.lock import hold_folder
from validation_app.release import layout
from validation_app.release.anonymity import ClientIds
from validation_app.release.archive import write_archive
from validation_app.release.earlier import read_earlier
from validation_app.release.growing_tables import GrowingTables
from validation_app.release.names import ReleaseName
from validation_app.release.snapshot import take_snapshot
from validation_app.release.tally import Tally
from validation_app.release.writer import ReleaseWriter

_EARLIER = ".earlier.tmp-tables"


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """What is to be written, and where."""

    name: ReleaseName
    out: Path
    since: tuple[Path, ...] = ()
    """Archives of earlier releases: their clips are left out."""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """What was written."""

    archive: Path
    problems: Path | None
    """The list of clips with which something is wrong; None where nothing is."""
    tally: Tally
    sha256: str


def export_release(engine: Engine, clips: Path, key: bytes, request: ReleaseRequest) -> Release:
    """Write the archive, and beside it its checksum and the list of problems.

    ``clips`` is the folder of the MP3s, ``key`` the app's secret. The archive appears last, and
    whole; nobody who votes meanwhile waits. Raises UsageError when it is there already or an
    earlier release is none, StorageError while another export writes to the same folder and when
    it cannot be written, ArchiveError.
    """
    try:
        request.out.mkdir(parents=True, exist_ok=True)
        with hold_folder(request.out, request.out, "export"):
            storage.sweep(request.out)
            return _export(engine, clips, ClientIds(key), request)
    except OSError as error:
        raise storage.storage_error(error, request.out, resumes=False) from None


def _export(engine: Engine, clips: Path, client_ids: ClientIds, request: ReleaseRequest) -> Release:
    out, name = request.out, request.name
    path = out / name.archive
    if path.exists():
        raise UsageError(
            f"{path}: is there already, and a release does not change. Choose another --release or "
            "--date, or remove it"
        )
    earlier = read_earlier(request.since, name.locale, out / _EARLIER)
    with (
        take_snapshot(engine, name.locale, client_ids, out) as snapshot,
        storage.put_atomic_bytes(path) as target,
    ):
        with (
            GrowingTables(out) as tables,
            write_archive(target, name.root, name.moment) as archive,
        ):
            writer = ReleaseWriter(name, clips, earlier, archive, tables)
            writer.write(snapshot, request.licence)
        problems = _put_beside(path, archive.sha256, writer.problem_rows)
    return Release(path, problems, writer.tally, archive.sha256)


def _put_beside(path: Path, sha256: str, problem_rows: list[bytes]) -> Path | None:
    """Before the archive has its name: what is found has its checksum beside it."""
    storage.put_text(path.with_name(f"{path.name}.sha256"), f"{sha256}  {path.name}\n")
    problems = path.with_name(path.name.removesuffix(".tar.gz") + "-problem-clips.tsv")
    if not problem_rows:
        problems.unlink(missing_ok=True)
        return None
    with storage.put_atomic_bytes(problems) as stream:
        stream.write(layout.line(layout.PROBLEMS))
        stream.writelines(problem_rows)
    return problems
