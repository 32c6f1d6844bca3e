"""What to import: the SOURCE that was named, or what lies in the target folder.

That is one release; of a corpus that is published in parts, all of them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from importers.archives import SUFFIXES
from importers.corpus import CorpusInfo
from importers.errors import UsageError
from importers.file_names import name_as_text
from importers.file_search import matching
from importers.manifest import CLIPS, STATE, is_manifest
from importers.part_file import unfinished
from importers.published import file_names, how_to_get

_MAX_DEPTH = 3  # target / cv-corpus-21.0-2025-03-14 / en
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Release:
    """An archive file, or the folder in which a release's tables lie."""

    path: Path
    is_archive: bool

    @property
    def name(self) -> str:
        """What people call it: the archive's file name, or ``cv-corpus-21.0-2025-03-14/en``."""
        resolved = self.path.resolve()
        return name_as_text(
            self.path.name if self.is_archive else f"{resolved.parent.name}/{resolved.name}"
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of several releases in a folder are meant."""

    locale: str | None = None
    """The folder that is called after this language, where there is one."""
    sets: frozenset[str] = frozenset()
    """Of the archives that the corpus is published in (and folders so called), these; empty:
    all."""


def find_releases(
    info: CorpusInfo, target: Path, source: Path | None, choice: Choice | None = None
) -> list[Release]:
    """The releases to import: one, or more of a corpus in parts.

    Raises UsageError when there is none, or more than one of another corpus.
    """
    choice = choice or Choice()
    if source is None:
        if target.is_file():
            raise UsageError(
                f"{target}: is a file. Name the folder to import into first: "
                f"import-{info.name} TARGET {target}"
            )
        return _as_many_as_may_be(info, target, releases_in(info, target, choice))
    if source.is_dir():
        found = list(_candidates(info, source, choice))
        if not info.in_parts:
            found = [one for one in found if not one.is_archive]
        return _as_many_as_may_be(info, source, found)
    if source.is_file():
        return [Release(source, is_archive=True)]
    raise UsageError(f"{source}: there is no such archive or folder. {how_to_get(info)}")


def releases_in(info: CorpusInfo, target: Path, choice: Choice) -> list[Release]:
    """Those that lie in the target folder: archives, and roots of unpacked releases.

    Where audio is found by its name, what an import has made in the target is no release.
    """
    made = bool(info.listed) and (target / STATE).is_dir()
    return [one for one in _candidates(info, target, choice) if one.is_archive or not made]


def find_roots(info: CorpusInfo, folder: Path, depth: int = _MAX_DEPTH) -> Iterator[Path]:
    """The folders from ``folder`` down that hold a release's tables; sorted, none in another."""
    if _is_root(info, folder):
        yield folder
    elif depth > 1:
        for child in sorted(folder.iterdir()):
            if child.is_dir() and not child.name.startswith(".") and not _is_ours(child):
                yield from find_roots(info, child, depth - 1)


def _is_ours(folder: Path) -> bool:
    """The clips of an import: a million of them take their time to look through."""
    return folder.name == CLIPS and any(map(is_manifest, folder.parent.glob("*.csv")))


def choose_language(roots: list[Path], locale: str | None) -> list[Path]:
    """Of several roots, the one that is called after the language; else all of them."""
    named = [root for root in roots if root.resolve().name == locale]
    return named if len(roots) > 1 and len(named) == 1 else roots


def are_languages(info: CorpusInfo, roots: Sequence[Path]) -> bool:
    """Whether ``--locale`` can choose one of several roots: each is called as another language."""
    names = {root.resolve().name for root in roots}
    tags = len(names) == len(roots) and all(map(_LANGUAGE.fullmatch, names))
    return info.has_languages and tags


def _is_root(info: CorpusInfo, folder: Path) -> bool:
    """A folder with one of the corpus's marker files, our own manifests of the same name apart."""
    return any(not is_manifest(path) for path in matching(folder, info.markers))


def _candidates(info: CorpusInfo, target: Path, choice: Choice) -> Iterator[Release]:
    if not target.is_dir():
        return
    others = set(info.published_sets) - choice.sets if choice.sets else set()
    left_alone = {*others, *file_names(info, others)}
    for entry in sorted(target.iterdir()):
        if entry.is_file() and entry.name.endswith(SUFFIXES) and entry.name not in left_alone:
            yield Release(entry, is_archive=True)
    roots = choose_language(list(find_roots(info, target)), choice.locale)
    yield from (Release(root, is_archive=False) for root in roots if root.name not in left_alone)


def _as_many_as_may_be(info: CorpusInfo, place: Path, found: list[Release]) -> list[Release]:
    if len(found) == 1 or (found and info.in_parts):
        return found
    if found:
        names = "\n  ".join(str(one.path) for one in found)
        raise UsageError(
            f"{place}: several releases are here; name one of them as SOURCE"
            f"{_other_way(info, found)}:\n  {names}"
        )
    raise _none_here(info, place)


def _other_way(info: CorpusInfo, found: Sequence[Release]) -> str:
    if info.published_sets:
        return ", or choose by --sets"
    folders = [one.path for one in found if not one.is_archive]
    chosen_by_locale = len(folders) == len(found) and are_languages(info, folders)
    return ", or its language with --locale" if chosen_by_locale else ""


def _none_here(info: CorpusInfo, place: Path) -> UsageError:
    where = f"put it into {place}, or name it: import-{info.name} TARGET SOURCE"
    begun = unfinished(place)
    if begun:
        again = "say --download" if info.archives else "name it"
        return UsageError(
            f"{place}: the download of {begun[0]} is not finished. To go on with it, {again}: "
            f"import-{info.name} {place} {'--download' if info.archives else 'SOURCE'}"
        )
    if not place.is_dir():
        return UsageError(f"{place}: there is no such folder. {how_to_get(info)}; then {where}")
    return UsageError(
        f"{place}: no {info.title} release is here: neither an archive (.tar, .tar.gz) nor a "
        f"folder with {' or '.join(info.markers[:2])}. {how_to_get(info)}; then {where}"
    )
