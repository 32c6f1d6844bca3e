"""Which release to import: the SOURCE that was named, or the one that lies in the target folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from importers.archives import SUFFIXES
from importers.corpus import CorpusInfo
from importers.errors import UsageError
from importers.manifest import is_manifest

_MAX_DEPTH = 3  # target / cv-corpus-21.0-2025-03-14 / en


@dataclass(frozen=True, slots=True)
class Release:
    """An archive file, or the folder in which a release's tables lie."""

    path: Path
    is_archive: bool

    @property
    def name(self) -> str:
        """What people call it: the archive's file name, or ``cv-corpus-21.0-2025-03-14/en``."""
        if self.is_archive:
            return self.path.name
        resolved = self.path.resolve()
        return f"{resolved.parent.name}/{resolved.name}"


def find_release(info: CorpusInfo, target: Path, source: Path | None) -> Release:
    """The release to import. Raises UsageError when there is none, or more than one."""
    if source is None:
        return _only_one(info, target, list(_candidates(info, target)), "as SOURCE")
    if source.is_dir():
        roots = [Release(root, is_archive=False) for root in find_roots(info, source)]
        return _only_one(info, source, roots, "as SOURCE")
    if source.is_file():
        return Release(source, is_archive=True)
    raise UsageError(f"{source}: there is no such archive or folder. {info.how_to_get}")


def find_roots(info: CorpusInfo, folder: Path, depth: int = _MAX_DEPTH) -> Iterator[Path]:
    """The folders from ``folder`` down that hold a release's tables; sorted, none in another."""
    if _is_root(info, folder):
        yield folder
    elif depth > 1:
        for child in sorted(folder.iterdir()):
            if child.is_dir() and not child.name.startswith("."):
                yield from find_roots(info, child, depth - 1)


def _is_root(info: CorpusInfo, folder: Path) -> bool:
    """A folder with one of the corpus's marker files, our own manifests of the same name apart."""
    return any(
        (folder / name).is_file() and not is_manifest(folder / name) for name in info.markers
    )


def _candidates(info: CorpusInfo, target: Path) -> Iterator[Release]:
    if not target.is_dir():
        return
    for entry in sorted(target.iterdir()):
        if entry.is_file() and entry.name.endswith(SUFFIXES):
            yield Release(entry, is_archive=True)
    yield from (Release(root, is_archive=False) for root in find_roots(info, target))


def _only_one(info: CorpusInfo, place: Path, found: list[Release], how: str) -> Release:
    if len(found) == 1:
        return found[0]
    if found:
        names = "\n  ".join(str(one.path) for one in found)
        raise UsageError(f"{place}: several releases are here; name one of them {how}:\n  {names}")
    raise UsageError(
        f"{place}: no {info.title} release is here: neither an archive ({', '.join(SUFFIXES)}) "
        f"nor a folder with {' or '.join(info.markers[:2])}. {info.how_to_get}; then put it into "
        f"{place}, or name it: import-{info.name} TARGET SOURCE"
    )
