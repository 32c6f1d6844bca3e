"""The files of somebody's own folder: which there are, which one a table means, and their keys."""

import posixpath
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from importers.file_search import walk
from importers.foreign_audio import FOREIGN_SUFFIXES
from importers.manifest import STATE
from importers.report import Reason

AUDIO_SUFFIXES = (
    *(".wav", ".mp3", ".flac", ".ogg", ".oga", ".opus", ".wave", ".aiff", ".aif", ".aifc"),
    *(".au", ".snd", ".caf", ".w64", ".rf64", ".sph"),
    *sorted(FOREIGN_SUFFIXES),
)
"""Of files that are audio without any table saying so."""
TEXT_SUFFIXES = (".txt", ".lab")
"""Of texts beside audio, the first one counts."""
_LOSSLESS = (".wav", ".flac")  # of one recording in several formats, these before others
_MAX_KEY_BYTES = 150


@dataclass(frozen=True, slots=True)
class NotFound:
    """Why a name in a table is no file of the folder."""

    reason: Reason
    detail: str


class Recordings:
    """The files below ``root``, in a stable order, without hidden ones and targets of imports."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.files: list[str] = []
        """Paths from the root, with ``/``; only names that are UTF-8."""
        self.unnameable: list[str] = []
        """Those of audio that are not, written with escapes."""
        for path in _paths(root):
            if _is_utf8(path):
                self.files.append(path)
            elif is_audio(path):
                raw = path.encode(errors="surrogateescape")
                self.unnameable.append(raw.decode(errors="backslashreplace"))
        self.audio = [path for path in self.files if is_audio(path)]
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for path in self.files:
            name = _composed(posixpath.basename(path))
            self._by_name[name].append(path)
            if is_audio(path):
                self._by_stem[posixpath.splitext(name)[0]].append(path)
        self._known = set(self.files)
        self._shared = _shared(plain_key(path) for path in self.files if is_audio(path))

    def key(self, path: str) -> str:
        """A file's key: its path with ``-`` for ``/``, and without its suffix.

        Where this is not one file's alone (``a/b.wav``, ``a-b.wav``), a checksum of the path
        follows.
        """
        plain = plain_key(path)
        return f"{plain}-{_checksum(path)}" if plain in self._shared else plain

    def find(self, name: str, folder: str) -> str | NotFound:
        """The file that a table in ``folder`` (from the root; "" is the root) calls ``name``.

        That is a path from the table's folder or the root, absolute or not; else the only file
        below the table's folder whose path ends so. Audio may be called without its suffix.
        """
        local = self._below_root(name)
        if local is None:
            detail = f"{name}: an absolute path that leads out of {self._root}"
            return NotFound(Reason.BAD_NAME, detail)
        if posixpath.isabs(name):
            folder = ""
        places = [posixpath.normpath(posixpath.join(start, local)) for start in (folder, "")]
        if all(_leads_out(place) for place in places):
            return NotFound(Reason.BAD_NAME, f"{name}: leads out of the folder")
        for place in places:
            found = [place] if place in self._known else self._without_suffix(place)
            if len(found) == 1:
                return found[0]
        return self._by_end(_composed(posixpath.normpath(local)), folder, name)

    def _below_root(self, name: str) -> str | None:
        """The name as a path from somewhere below the root; None for one that leads out of it."""
        local = name if "/" in name or name in self._known else name.replace("\\", "/")
        if not local.startswith("/"):
            return local
        for root in (self._root.absolute(), self._root.resolve()):
            if PurePosixPath(local).is_relative_to(root):
                return PurePosixPath(local).relative_to(root).as_posix()
        return None

    def _without_suffix(self, place: str) -> list[str]:
        named = self._by_stem.get(_composed(posixpath.basename(place)), ())
        return [path for path in named if _stem_of_path(path) == place]

    def _by_end(self, wanted: str, folder: str, name: str) -> str | NotFound:
        last = posixpath.basename(wanted)
        for found, form in ((self._by_name, str), (self._by_stem, _stem_of_path)):
            ending = [
                path
                for path in found.get(last, ())
                if path.startswith(f"{folder}/" if folder else "")
                and f"/{_composed(form(path))}".endswith(f"/{wanted}")
            ]
            if len(ending) == 1:
                return ending[0]
            if ending:
                return NotFound(Reason.BAD_NAME, f"{name}: is it {' or '.join(ending[:3])}?")
        return NotFound(Reason.MISSING_AUDIO, name)


def is_audio(path: str) -> bool:
    """Whether a file is audio, by its suffix."""
    return posixpath.splitext(path)[1].lower() in AUDIO_SUFFIXES


def plain_key(path: str) -> str:
    """A path as a key: not of other files alone, and short enough for a file name."""
    key = _stem_of_path(path).replace("/", "-")
    if len(key.encode()) <= _MAX_KEY_BYTES:
        return key
    end = key.encode()[-_MAX_KEY_BYTES + 9 :].decode(errors="ignore")
    return f"{end}-{_checksum(path)}".lstrip(".")


def preferred(paths: Iterable[str]) -> Sequence[str]:
    """One recording in several formats, the one to use first: without loss, then by name."""

    def rank(path: str) -> tuple[int, str]:
        suffix = posixpath.splitext(path)[1].lower()
        return (_LOSSLESS.index(suffix) if suffix in _LOSSLESS else len(_LOSSLESS), path)

    return sorted(paths, key=rank)


def any_case(suffix: str) -> str:
    """A pattern of files with this suffix at any depth, in whichever case it is written."""
    letters = (f"[{char}{char.upper()}]" if char.isalpha() else char for char in suffix)
    return f"**/*{''.join(letters)}"


def _paths(root: Path) -> Iterator[str]:
    for folder, names in walk(root, lambda below: (below / STATE).is_dir()):
        here = folder.relative_to(root)
        for name in sorted(names):
            if not name.startswith("."):
                yield (here / name).as_posix()


def _shared(keys: Iterable[str]) -> frozenset[str]:
    return frozenset(key for key, count in Counter(keys).items() if count > 1)


def _stem_of_path(path: str) -> str:
    return posixpath.splitext(path)[0]


def _leads_out(path: str) -> bool:
    return path == ".." or path.startswith("../")


def _composed(name: str) -> str:
    """Names of files come decomposed from a Mac, while tables are composed (UAX #15)."""
    return unicodedata.normalize("NFC", name)


def _checksum(path: str) -> str:
    return f"{zlib.crc32(path.encode()):08x}"


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
