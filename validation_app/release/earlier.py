"""What earlier releases hold already: a delta has the other clips."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from importers.archives import NAMES, extract_tables
from importers.clips import ClipRow, read_clips
from importers.console import bytes_progress
from importers.errors import UsageError
from importers.member_names import MemberNames
from importers.splits.clips import fingerprint
from importers.tables import BadRow
from validation_app.release.layout import TABLES
from validation_app.release.names import clip_name
from validation_app.release.snapshot import ReleaseClip

_CLIP = re.compile(r"common_voice_(?P<locale>.+)_(?P<id>[0-9]{1,18})\.mp3")


@dataclass(frozen=True, slots=True)
class EarlierClips:
    """The clips of earlier releases, by number: 64 bits that stand for each one's speaker."""

    speakers: dict[int, int]

    def hold(self, clip: ReleaseClip) -> bool:
        """Whether a clip is in one of them.

        Raises UsageError where the clip of that name is somebody else's.
        """
        known = self.speakers.get(clip.id)
        if known is None:
            return False
        if known != fingerprint(clip.client_id):
            raise UsageError(
                f"--since: {clip_name('…', clip.id)} is of another speaker there than here. Name "
                "releases that were made of this folder, with the secret key that is in it now"
            )
        return True


def read_earlier(archives: Sequence[Path], locale: str, folder: Path) -> EarlierClips:
    """The clips of earlier releases of this app.

    Their tables are unpacked to ``folder``, which is removed before and after. Raises ArchiveError
    for what is no archive, UsageError for one that has no clip tables of the locale, OSError.
    """
    speakers: dict[int, int] = {}
    shutil.rmtree(
        folder, ignore_errors=True
    )  # of a killed run, perhaps of an archive since changed
    try:
        for archive in archives:
            speakers.update(_read_one(archive, locale, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return EarlierClips(speakers)


def _read_one(archive: Path, locale: str, folder: Path) -> dict[int, int]:
    if not archive.is_file():
        raise UsageError(f"--since {archive}: there is no such archive")
    with bytes_progress(f"reading {archive.name}", archive.stat().st_size) as progress:
        extract_tables(archive, tuple(TABLES.values()), folder, str(archive), progress.show)
    names = MemberNames.read(folder / NAMES)
    tables = [path for name in TABLES.values() for path in folder.glob(f"*/{locale}/{name}")]
    if not tables:
        raise UsageError(
            f"--since {archive}: holds no release of {locale} (no {locale}/validated.tsv)"
        )
    found: dict[int, int] = {}
    for table in tables:
        below = table.parent.relative_to(folder).as_posix()
        for row in read_clips(table):
            if isinstance(row, BadRow):
                continue
            number = _number(row, locale)
            if number is not None and f"{below}/clips/{row.path}" in names:
                found[number] = fingerprint(row.client_id)
    return found


def _number(row: ClipRow, locale: str) -> int | None:
    name = _CLIP.fullmatch(row.path)
    return int(name["id"]) if name and name["locale"] == locale else None
