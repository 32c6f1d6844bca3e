"""Which release to import: the SOURCE that was named, or the one that lies in the target folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from importers.archives import SUFFIXES
from importers.corpus import CorpusInfo
from importers.errors import UsageError
from importers.manifest import is_manifest
from importers.part_file import unfinished

_MAX_DEPTH = 3  # target / cv-corpus-21.0-2025-03-14 / en


@dataclass(frozen=True, slots=True)
class Release:
    """An archive file, or the folder in which a release's tables lie."""

    path: Path
    is_archive: bool

    @property
    def name(self) -> str:
        """What people call it: the archive's file name, or ``cv-corpus-21.0-2025-03-14/en``."""
        resolved = self.path.resolve()
        name = self.path.name if self.is_archive else f"{resolved.parent.name}/{resolved.name}"
        return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def find_release(
    info: CorpusInfo, target: Path, source: Path | None, locale: str | None = None
) -> Release:
    """The release to import. Raises UsageError when there is none, or more than one.

    Of several languages in one folder, ``locale`` chooses.
    """
    if source is None:
        if target.is_file():
            raise UsageError(
                f"{target}: is a file. Name the folder to import into first: "
                f"import-{info.name} TARGET {target}"
            )
        return _only_one(info, target, releases_in(info, target, locale), "as SOURCE")
    if source.is_dir():
        found = choose_language(list(find_roots(info, source)), locale)
        roots = [Release(root, is_archive=False) for root in found]
        return _only_one(info, source, roots, "as SOURCE")
    if source.is_file():
        return Release(source, is_archive=True)
    raise UsageError(f"{source}: there is no such archive or folder. {info.how_to_get}")


def releases_in(info: CorpusInfo, target: Path, locale: str | None = None) -> list[Release]:
    """Those that lie in the target folder: archives, and roots of unpacked releases."""
    return list(_candidates(info, target, locale))


def find_roots(info: CorpusInfo, folder: Path, depth: int = _MAX_DEPTH) -> Iterator[Path]:
    """The folders from ``folder`` down that hold a release's tables; sorted, none in another."""
    if _is_root(info, folder):
        yield folder
    elif depth > 1:
        for child in sorted(folder.iterdir()):
            if child.is_dir() and not child.name.startswith("."):
                yield from find_roots(info, child, depth - 1)


def choose_language(roots: list[Path], locale: str | None) -> list[Path]:
    """Of several roots, the one that is called after the language; else all of them."""
    named = [root for root in roots if root.resolve().name == locale]
    return named if len(roots) > 1 and len(named) == 1 else roots


def _is_root(info: CorpusInfo, folder: Path) -> bool:
    """A folder with one of the corpus's marker files, our own manifests of the same name apart."""
    return any(
        path.is_file() and not is_manifest(path)
        for pattern in info.markers
        for path in folder.glob(pattern)
    )


def _candidates(info: CorpusInfo, target: Path, locale: str | None) -> Iterator[Release]:
    if not target.is_dir():
        return
    for entry in sorted(target.iterdir()):
        if entry.is_file() and entry.name.endswith(SUFFIXES):
            yield Release(entry, is_archive=True)
    roots = choose_language(list(find_roots(info, target)), locale)
    yield from (Release(root, is_archive=False) for root in roots)


def _only_one(info: CorpusInfo, place: Path, found: list[Release], how: str) -> Release:
    if len(found) == 1:
        return found[0]
    if found:
        names = "\n  ".join(str(one.path) for one in found)
        raise UsageError(
            f"{place}: several releases are here; name one of them {how}, or its language with "
            f"--locale:\n  {names}"
        )
    where = f"put it into {place}, or name it: import-{info.name} TARGET SOURCE"
    begun = unfinished(place)
    if begun:
        raise UsageError(
            f"{place}: the download of {begun[0]} is not finished. To go on with it, name it: "
            f"import-{info.name} {place} SOURCE"
        )
    if not place.is_dir():
        raise UsageError(f"{place}: there is no such folder. {info.how_to_get}; then {where}")
    raise UsageError(
        f"{place}: no {info.title} release is here: neither an archive (.tar, .tar.gz) nor a "
        f"folder with {' or '.join(info.markers[:2])}. {info.how_to_get}; then {where}"
    )
