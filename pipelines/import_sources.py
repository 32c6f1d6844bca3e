"""The releases that an import is made of: the first, and those that --add has put to it.

An import remembers them, so a rerun need not name them; an archive may even be gone, as long as
nothing of it is left to convert.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from importers.archives import TableIndex, below, extract_tables, read_index
from importers.console import bytes_progress
from importers.corpus import Audio, Corpus, ReadOptions, Utterance
from importers.errors import UsageError
from importers.file_search import matching
from importers.manifest import is_manifest
from importers.releases import (
    Choice,
    Release,
    are_languages,
    choose_language,
    find_releases,
    find_roots,
    releases_in,
)
from importers.report import Reject
from pipelines.import_manifests import REJECTS
from pipelines.import_state import ImportState, Source

_EDGE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run says of the sources."""

    target: Path
    source: Path | None
    choice: Choice
    """Where several releases lie in a folder."""
    add: bool = False
    """Put the source to those that the import is made of."""
    fresh: bool = False


def choose_sources(corpus: Corpus, wanted: Wanted, known: Sequence[Source]) -> tuple[Source, ...]:
    """The sources of an import that is made of the ``known`` ones so far, oldest first.

    Another part of a corpus that is published in parts joins them; another release of another
    corpus, where it is to be added. Raises UsageError when there are none, when more than one
    could be meant, or when what is named is not of this import, and need not be.
    """
    if wanted.fresh or not known:
        return _first(corpus, wanted, known)
    current = tuple(_still_there(corpus, one) for one in known)
    by_identity = {one.identity: one for one in _found(corpus, wanted)}
    known_ones = {one.identity for one in current}
    new = [one for identity, one in by_identity.items() if identity not in known_ones]
    # Where it has been moved, it is found at its new place.
    placed = tuple(by_identity.get(one.identity, one) for one in current)
    if corpus.INFO.in_parts:
        return (*placed, *new)
    if wanted.add and not (wanted.source is not None and not new):
        return (*current, _only_new(corpus, wanted, new))
    if new:
        raise UsageError(_is_another(corpus, wanted.target, current, new[0]))
    return placed


def _first(corpus: Corpus, wanted: Wanted, known: Sequence[Source]) -> tuple[Source, ...]:
    if wanted.add:
        raise UsageError(
            f"{wanted.target}: --add puts a release to an import, and "
            + ("--fresh begins a new one" if wanted.fresh else "none stands here")
            + ". Leave it out"
        )
    may_be_known = known and wanted.source is None
    if may_be_known and not releases_in(corpus.INFO, wanted.target, wanted.choice):
        return tuple(known)
    releases = find_releases(corpus.INFO, wanted.target, wanted.source, wanted.choice)
    # A copy of one under another name is the same.
    return tuple({one.identity: one for one in (source_of(corpus, r) for r in releases)}.values())


def _found(corpus: Corpus, wanted: Wanted) -> list[Source]:
    """What is named, or what lies in the target."""
    info, choice = corpus.INFO, wanted.choice
    if wanted.source is None:
        releases = releases_in(info, wanted.target, choice)
    else:
        releases = find_releases(info, wanted.target, wanted.source, choice)
    return [source_of(corpus, one) for one in releases]


def _only_new(corpus: Corpus, wanted: Wanted, new: Sequence[Source]) -> Source:
    if len(new) == 1:
        return new[0]
    command = f"import-{corpus.INFO.name} {wanted.target} SOURCE --add"
    if new:
        raise UsageError(
            f"{wanted.target}: several releases here are not of its import ("
            f"{', '.join(one.name for one in new)}). Name the one to add: {command}"
        )
    raise UsageError(f"{wanted.target}: no release to add lies here. Name it: {command}")


def _is_another(corpus: Corpus, target: Path, known: Sequence[Source], new: Source) -> str:
    names = [one.name for one in known]
    same = " (of the same name, but other content)" if new.name in names else ""
    return (
        f"{target}: an import of {' and '.join(names)} stands here, and "
        f"{new.path} is another release{same}. Put it to that import with --add, choose another "
        f"target, or begin anew here with --fresh of import-{corpus.INFO.name}"
    )


def _still_there(corpus: Corpus, source: Source) -> Source:
    """Raises UsageError for a source whose content is not what was imported, or a lost folder."""
    path = Path(source.path)
    if not path.exists():
        if not source.is_archive:
            raise gone(source)
        return source
    now = source_of(corpus, Release(path, source.is_archive))
    if now.identity != source.identity:
        raise UsageError(
            f"{path}: is not as it was when it was imported. Choose another target (--reuse "
            "takes over the clips of this one), or begin anew "
            f"with --fresh of import-{corpus.INFO.name}"
        )
    return source


def gone(source: Source) -> UsageError:
    """For a source that is needed and no longer there."""
    return UsageError(
        f"{source.path}: is no longer there, and is needed. Put it back, or name the place where "
        "it is now as SOURCE"
    )


def source_of(corpus: Corpus, release: Release) -> Source:
    """What an import remembers of a release."""
    path = str(release.path.absolute())
    return Source(_identity(corpus, release), path, release.is_archive, release.name)


def _identity(corpus: Corpus, release: Release) -> str:
    """Tells releases apart without reading all of them: names, sizes, the bytes at both ends."""
    files = [release.path]
    if not release.is_archive:
        found = set(matching(release.path, corpus.INFO.tables))
        files = sorted(path for path in found if not _is_output(path))
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            name = b"" if release.is_archive else os.fsencode(path.name)
            digest.update(name + f" {size}\n".encode())
            for start in (0, max(0, size - _EDGE_BYTES)):
                stream.seek(start)
                digest.update(stream.read(_EDGE_BYTES))
    return digest.hexdigest()[:12]


def _is_output(path: Path) -> bool:
    """Whether a table is one that an import wrote (into the folder of the release itself)."""
    written = path.name == REJECTS or (path.suffix == ".csv" and is_manifest(path))
    return written and ImportState(path.parent).is_known


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """A release whose tables can be read."""

    source: Source
    root: Path
    """The folder with the tables: the release's own, or what was taken out of the archive."""
    prefix: str = ""
    """What stands before an audio's path in the archive's member names."""
    index: TableIndex | None = None
    """What the archive holds; None of a folder."""
    tables: Path | None = None
    """Where all that was taken out of the archive lies; None of a folder."""

    def read(self, corpus: Corpus, options: ReadOptions) -> Iterator[Utterance | Reject]:
        """What its tables say."""
        return corpus.read(self.root, replace(options, release=self.source.name))

    def audio(self, audio: Audio) -> Audio:
        """Where it really lies: in an archive, a link stands for another member."""
        return replace(audio, path=below(self.prefix, self.member_name(audio)))

    def member_name(self, audio: Audio) -> str:
        """The name of the file that it lies in, as the archive has it."""
        name = self.prefix + audio.path
        return self.index.links.get(name, name) if self.index else name


def open_source(corpus: Corpus, source: Source, tables: Path, locale: str | None) -> OpenedSource:
    """Take the tables out of an archive into ``tables``, unless they stand there already.

    Raises UsageError for an archive that holds no release, or several; ArchiveError.
    """
    path = Path(source.path)
    if not source.is_archive:
        return OpenedSource(source, path)
    folder = tables / source.identity
    if not path.exists() and read_index(folder) is None:
        raise gone(source)
    size = path.stat().st_size if path.exists() else 0
    with bytes_progress(f"reading the tables of {path.name}", size) as progress:
        index = extract_tables(
            path,
            corpus.INFO.tables,
            folder,
            source.identity,
            progress.show,
            corpus.INFO.listed,
        )
    roots = choose_language(list(find_roots(corpus.INFO, folder)), locale)
    if len(roots) != 1:
        raise _not_one_inside(corpus, path, folder, roots)
    prefix = roots[0].relative_to(folder).as_posix()
    return OpenedSource(source, roots[0], "" if prefix == "." else f"{prefix}/", index, folder)


def _not_one_inside(corpus: Corpus, path: Path, folder: Path, roots: list[Path]) -> UsageError:
    info = corpus.INFO
    if not roots:
        markers = " or ".join(info.markers[:2])
        return UsageError(f"{path}: holds no {info.title} release (no folder with {markers})")
    found = ", ".join(str(root.relative_to(folder)) for root in roots)
    by_language = are_languages(info, roots)
    way = "name a language with --locale" if by_language else "unpack it, and name the one's folder"
    return UsageError(f"{path}: holds several releases ({found}); {way}")
