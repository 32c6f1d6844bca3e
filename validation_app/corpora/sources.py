"""What can be imported: a Common Voice release, in a folder or an archive, or a manifest."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from importers.archives import (
    MAX_MEMBER_BYTES,
    SUFFIXES,
    TableIndex,
    extract_tables,
    is_safe,
    members,
)
from importers.clips import parse_votes
from importers.console import bytes_progress
from importers.corpus import Corpus, ReadOptions, Utterance
from importers.errors import UsageError
from importers.manifest import Entry, is_manifest, read_manifest
from importers.registry import load
from importers.releases import Release, are_languages, choose_language, find_roots
from importers.report import Reason, Reject
from importers.votes import Votes
from validation_app.community.sentences import plain
from validation_app.corpora.plan import Plan, PlannedClip
from validation_app.database.tables import RECORDED
from validation_app.recordings.incoming import clip_path

COMMON_VOICE: Final = "cv"
_NO_LINKS: Final[Mapping[str, str]] = MappingProxyType({})

Sound = bytes | Path | Reject
"""The encoded file, the path of one, or why there is none."""


class CorpusSource(Protocol):
    """A corpus that was found."""

    @property
    def origin(self) -> str:
        """What clips are said to come from."""

    def rows(self) -> Iterator[PlannedClip | Reject]:
        """What its tables say, each row once."""

    def sounds(self, plan: Plan) -> Iterator[tuple[PlannedClip, Sound]]:
        """The audio of each wanted clip."""


def open_corpus(path: Path, locale: str, temporary: Path) -> CorpusSource:
    """What lies at ``path``; the tables of an archive are taken out into ``temporary``.

    Raises UsageError for what is none of these, ArchiveError, FormatError, OSError.
    """
    source = _open(path, locale, temporary)
    if source.origin == RECORDED:
        raise UsageError(
            f"{path}: what is recorded in the app itself is called {RECORDED!r}. Give the archive "
            "another name"
        )
    return source


def _open(path: Path, locale: str, temporary: Path) -> CorpusSource:
    if path.is_dir():
        root = _only_root(path, locale, list(find_roots(_common_voice().INFO, path)))
        return _ReleaseFolder(Release(root, is_archive=False), locale)
    if path.is_file() and path.name.endswith(SUFFIXES):
        return _open_archive(path, locale, temporary)
    if path.is_file() and is_manifest(path):
        return _Manifest(path, locale)
    what = "is neither an archive (.tar.gz) nor a manifest" if path.exists() else "is not there"
    raise UsageError(
        f"{path}: {what}. Name the folder or the archive of a Common Voice release, or a CSV that "
        "begins with wav_filename,wav_filesize,transcript"
    )


def _common_voice() -> Corpus:
    return load(COMMON_VOICE)


def _only_root(path: Path, locale: str, roots: list[Path]) -> Path:
    chosen = choose_language(roots, locale)
    if len(chosen) == 1:
        return chosen[0]
    if not roots:
        raise UsageError(
            f"{path}: holds no Common Voice release (no validated.tsv). Of an import, name the CSV"
        )
    way = "say --locale" if are_languages(_common_voice().INFO, roots) else "name one of them"
    raise UsageError(
        f"{path}: holds several releases ({', '.join(str(root) for root in roots)}); {way}"
    )


def _open_archive(path: Path, locale: str, temporary: Path) -> "_ReleaseArchive":
    info, folder = _common_voice().INFO, temporary / "tables"
    with bytes_progress(f"reading the tables of {path.name}", path.stat().st_size) as progress:
        index = extract_tables(path, info.tables, folder, "", progress.show)
    root = _only_root(path, locale, list(find_roots(info, folder)))
    prefix = root.relative_to(folder).as_posix()
    prefix = "" if prefix == "." else f"{prefix}/"
    return _ReleaseArchive(Release(path, is_archive=True), locale, root, prefix, index)


@dataclass(frozen=True, slots=True)
class _ReleaseFolder:
    release: Release
    locale: str

    @property
    def origin(self) -> str:
        return self.release.name

    def rows(self) -> Iterator[PlannedClip | Reject]:
        yield from _release_rows(self.release.path, self.release.name, self.locale)

    def sounds(self, plan: Plan) -> Iterator[tuple[PlannedClip, Sound]]:
        for clip in plan.left():
            yield clip, self.release.path / clip.audio


@dataclass(frozen=True, slots=True)
class _ReleaseArchive:
    release: Release
    locale: str
    root: Path
    """Where its tables lie, taken out of it."""
    prefix: str
    """What stands before an audio's path in the names of the archive's members."""
    index: TableIndex

    @property
    def origin(self) -> str:
        name = self.release.name
        return name.removesuffix(next(suffix for suffix in SUFFIXES if name.endswith(suffix)))

    def rows(self) -> Iterator[PlannedClip | Reject]:
        yield from _release_rows(
            self.root, self.release.name, self.locale, self.prefix, self.index.links
        )

    def sounds(self, plan: Plan) -> Iterator[tuple[PlannedClip, Sound]]:
        superseded = frozenset(self.index.superseded)
        for member in members(self.release.path):
            if member.number in superseded:
                continue
            if wanted := plan.take(member.name):
                too_large = member.size > MAX_MEMBER_BYTES
                content = b"" if too_large else member.read()
                for clip in wanted:
                    reject = Reject(clip.key, Reason.TOO_LARGE, f"{member.size} bytes")
                    yield clip, reject if too_large else content
        for clip in plan.left():
            yield clip, Reject(clip.key, Reason.MISSING_AUDIO, clip.audio)


def _release_rows(
    root: Path, name: str, locale: str, prefix: str = "", links: Mapping[str, str] = _NO_LINKS
) -> Iterator[PlannedClip | Reject]:
    for row in _common_voice().read(root, ReadOptions(release=name)):
        if isinstance(row, Reject):
            yield row
        elif not is_safe(row.audio.path):
            yield Reject(row.key, Reason.BAD_NAME, row.audio.path)
        else:
            audio = prefix + row.audio.path
            yield _planned(row, links.get(audio, audio), locale)


def _planned(row: Utterance, audio: str, locale: str) -> PlannedClip | Reject:
    if reject := _unfit(row.key, row.text, row.locale, locale):
        return reject
    votes = row.votes or Votes(0, 0)
    return PlannedClip(
        key=row.key,
        audio=audio,
        path=clip_path(row.key, _digest(COMMON_VOICE, row.key)),
        text=plain(row.text),
        client_id=row.speaker or "",
        up_votes=votes.up,
        down_votes=votes.down,
        age=row.extra.get("age", ""),
        gender=row.extra.get("gender", ""),
        accents=row.extra.get("accents", ""),
        domain=row.extra.get("sentence_domain", ""),
        seconds=row.seconds,
    )


def _unfit(key: str, text: str, locale: str, wanted: str) -> Reject | None:
    if not text.strip():
        return Reject(key, Reason.EMPTY_TEXT)
    if locale and locale.casefold() != wanted.casefold():
        return Reject(key, Reason.EXCLUDED, f"its language is {locale}, the app's is {wanted}")
    return None


@dataclass(frozen=True, slots=True)
class _Manifest:
    """Its clips and speakers bear the names of its folder and its own: others have the same."""

    path: Path
    locale: str
    origin: str = field(init=False)

    def __post_init__(self) -> None:
        place = self.path.resolve()
        object.__setattr__(self, "origin", f"{place.parent.name}/{place.stem}")

    def rows(self) -> Iterator[PlannedClip | Reject]:
        for entry in read_manifest(self.path):
            yield self._planned(entry)

    def _planned(self, entry: Entry) -> PlannedClip | Reject:
        key, text = entry.wav_filename, entry.sentence or entry.transcript
        if reject := _unfit(key, text, entry.locale, self.locale):
            return reject
        known = entry.extra
        votes = parse_votes(known.get("up_votes", ""), known.get("down_votes", ""))
        votes = votes or Votes(0, 0)
        return PlannedClip(
            key=key,
            audio=key,
            path=clip_path(Path(key).stem, _digest(self.origin, key)),
            text=plain(text),
            client_id=f"{self.origin}: {entry.speaker}" if entry.speaker else "",
            up_votes=votes.up,
            down_votes=votes.down,
            age=known.get("age", ""),
            gender=known.get("gender", ""),
            accents=known.get("accents", ""),
            domain=known.get("sentence_domain", ""),
        )

    def sounds(self, plan: Plan) -> Iterator[tuple[PlannedClip, Sound]]:
        for clip in plan.left():
            yield clip, self.path.parent / clip.audio


def _digest(origin: str, key: str) -> str:
    return hashlib.sha256(f"{origin}\n{key}".encode()).hexdigest()
