"""The archives that a free corpus is published in: which are wanted, and how they are fetched."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from importers import console
from importers.acquire import acquire_published
from importers.archives import SUFFIXES
from importers.console import byte_count
from importers.corpus import CorpusInfo, PublishedArchive
from importers.errors import StorageError, UsageError
from importers.http_headers import named_in_url
from importers.part_file import bytes_here

if TYPE_CHECKING:
    from importers.http_attempts import Patience


def parse_sets(info: CorpusInfo, text: str) -> str:
    """``--sets`` as it is kept: names that the corpus has, each once, in its own order.

    Raises UsageError for a name that it has not.
    """
    known = info.published_sets
    said = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in said if name not in known]
    if unknown or not said:
        what = f"{info.title} has no set {unknown[0]!r}" if unknown else "names no set"
        raise UsageError(f"--sets: {what}; there are: {', '.join(known)}")
    return ",".join(name for name in known if name in said)


def file_names(info: CorpusInfo, sets: Iterable[str]) -> frozenset[str]:
    """What the archives of these sets are called."""
    wanted = set(sets)
    return frozenset(named_in_url(one.url) for one in info.archives if one.name in wanted)


def archives_of(info: CorpusInfo, sets: frozenset[str]) -> tuple[PublishedArchive, ...]:
    """What ``--download`` fetches: these sets, or (of none) all that is not ``on_request``.

    Raises UsageError where nothing can be fetched, or where it must be said what.
    """
    if not info.archives:
        raise UsageError(f"--download: {info.title} cannot be fetched so. {how_to_get(info)}")
    if sets:
        wanted = tuple(one for one in info.archives if one.name in sets)
    else:
        wanted = tuple(one for one in info.archives if not one.on_request)
    if not info.in_parts and len({one.name for one in wanted}) > 1:
        raise UsageError(
            f"--download: name one release of {info.title} with --sets: {_shown(info.archives)}"
        )
    return wanted


def fetch(
    info: CorpusInfo,
    target: Path,
    sets: frozenset[str],
    *,
    patience: "Patience | None" = None,
    say: Callable[[str], None] = console.say,
) -> Path | None:
    """Fetch what archives_of says into ``target``; the archive, where it is one, as a SOURCE.

    Raises a MynaError: where it cannot be fetched, or together would not fit.
    """
    wanted = archives_of(info, sets)
    _require_space(wanted, target)
    paths = [acquire_published(one, target, patience=patience, say=say) for one in wanted]
    one_archive = len(paths) == 1 and paths[0].name.endswith(SUFFIXES)
    return paths[0] if one_archive and not info.in_parts else None


def how_to_get(info: CorpusInfo) -> str:
    """A sentence or two on where the corpus is had: fetched, ordered, or as the publisher says."""
    if info.archives:
        return (
            f"import-{info.name} TARGET --download fetches it: {_shown(info.archives)}"
            + ("; --sets chooses" if info.published_sets else "")
            + f". By hand: {info.how_to_get}"
        )
    order = f"It is licensed: order {', '.join(info.orders)}. " if info.orders else ""
    return order + info.how_to_get


def _shown(archives: Iterable[PublishedArchive]) -> str:
    """``dev-clean (338 MB), train-clean-100 (6.4 GB)``."""
    sizes: dict[str, int | None] = {}
    for one in archives:
        so_far = sizes.get(one.name, 0)
        sizes[one.name] = None if None in (one.bytes, so_far) else (so_far or 0) + (one.bytes or 0)
    return ", ".join(f"{name} ({byte_count(n)})" if n else name for name, n in sizes.items())


def _require_space(wanted: Iterable[PublishedArchive], target: Path) -> None:
    """Raises StorageError where what is missing of all archives does not fit on the disk.

    Each download looks again, at what its server says; but by then others would have been fetched.
    """
    missing = sum(
        max(0, (one.bytes or 0) - bytes_here(target, named_in_url(one.url))) for one in wanted
    )
    there = next(folder for folder in (target, *target.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if missing > free:
        raise StorageError(
            f"{target}: {byte_count(free)} are free, and {byte_count(missing)} are to be "
            f"downloaded: {_shown(wanted)}. Choose fewer with --sets, free some space, or choose "
            "another target"
        )
