"""Files of a release found by their names, whatever the folders are called that they lie in."""

import fnmatch
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

_ANYWHERE = "**/"


def files_named(root: Path, *patterns: re.Pattern[str]) -> list[dict[str, list[str]]]:
    """For each pattern the files whose whole names match it: paths by the pattern's first group.

    Paths are relative to ``root``, with ``/``; groups and paths are sorted, so that of several
    copies the first is always the same one. Links to folders are followed, as volumes are put
    together by them; hidden folders are passed over.
    """
    found: list[dict[str, list[str]]] = [{} for _ in patterns]
    for folder, names in walk(root):
        for name in names:
            for pattern, of_pattern in zip(patterns, found, strict=True):
                match = pattern.fullmatch(name)
                if match:
                    path = (folder / name).relative_to(root).as_posix()
                    of_pattern.setdefault(match[1], []).append(path)
    return [{group: sorted(paths) for group, paths in sorted(one.items())} for one in found]


def matching(root: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    """The files that match the patterns of a CorpusInfo; one that matches several perhaps twice.

    ``**/name`` is looked for through links to folders too, which Path.glob passes over.
    """
    for pattern in patterns:
        if not pattern.startswith(_ANYWHERE):
            yield from filter(Path.is_file, root.glob(pattern))
    names = [
        pattern.removeprefix(_ANYWHERE) for pattern in patterns if pattern.startswith(_ANYWHERE)
    ]
    wanted = re.compile("|".join(map(fnmatch.translate, names)))
    for folder, files in walk(root) if names else ():
        found = (folder / name for name in files if wanted.match(name))
        yield from filter(Path.is_file, found)


def walk(
    root: Path, is_passed_over: Callable[[Path], bool] | None = None
) -> Iterator[tuple[Path, list[str]]]:
    """All folders with the names of their files; each folder once, though links lead in circles.

    Hidden folders are passed over, and those below the root that ``is_passed_over`` says.
    """
    seen: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        below = folder != str(root)
        if real in seen or (below and is_passed_over and is_passed_over(Path(folder))):
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield Path(folder), files
