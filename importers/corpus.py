"""The seam between a corpus and the machinery: what a corpus file says, and nothing it does.

A file in ``importers/corpora/`` holds two names:

    INFO = CorpusInfo(name="…", …)
    def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]: …

``read`` walks the corpus's own tables and yields what they say, in a stable order, every row once:
an Utterance, or a Reject for a row it cannot use. It never converts, never writes, and gives the
same stream each time it is called, so the machinery reads twice rather than hold millions of rows.
Optional, where the corpus has a use for them:

    def normalise(text: str) -> str: …              its markup resolved: what is left are words
    def add_options(group: OptionGroup) -> None: …  flags of its own; ReadOptions.values has them
    def total_seconds(root: Path) -> float | None: …  of all audio, for the progress

What such a flag is told decides over manifests alone: another value converts nothing again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from importers.report import Reject
from importers.votes import Votes

SPLITS = ("train", "dev", "test")
REST = "rest"  # of a clip in no split: in the name of its set


@dataclass(frozen=True, slots=True)
class Audio:
    """Where an utterance's audio is: a file below the corpus's root, or a part of it."""

    path: str
    """Relative to the root, with ``/``; the same for a folder and for an archive's members."""
    start: float = 0.0
    """Seconds from the beginning of the file."""
    end: float | None = None
    """Seconds; None: to the end of the file."""
    channel: int | None = None
    """0-based; None: the mean of all channels."""

    @property
    def is_part(self) -> bool:
        """Whether there is more in the file: it is a recording out of which clips are cut."""
        return (self.start, self.end, self.channel) != (0.0, None, None)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing somebody said, as the corpus tells it, before any rule of ours."""

    key: str
    """Unique in the corpus and fit for a file name; the clip is called after it."""
    audio: Audio
    text: str
    """The raw sentence, with the corpus's own markup."""
    speaker: str | None = None
    locale: str = ""
    group: str = ""
    """One of INFO.groups (``valid``, ``other``, ``invalid``), or "" where a corpus has none."""
    split: str | None = None
    """The corpus's own split: one of SPLITS, or None."""
    votes: Votes | None = None
    seconds: float | None = None
    """Length of the audio as the corpus has published it: audio far shorter has been cut off.
    None for a part with an end."""
    conversation: str | None = None
    """The call or meeting it was said in, where several speakers of a corpus talk to each other."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """What else the corpus knows: values for INFO.columns."""


class Access(StrEnum):
    """How a corpus is had."""

    FREE = "free download"
    LICENSED = "licensed"
    OWN = "your own"


@dataclass(frozen=True, slots=True)
class PublishedArchive:
    """One of the archives that a free corpus is published in."""

    name: str
    """What the publisher calls this part, and ``--sets`` too: ``dev-clean``. Files that are of no
    use without each other share one."""
    url: str
    bytes: int | None = None
    """Its size, where it is known."""
    sha256: str | None = None
    on_request: bool = False
    """Fetched only where ``--sets`` names it: all of it is in another archive too."""


@dataclass(frozen=True, slots=True)
class CorpusInfo:
    """What a corpus is. ``name`` names the command: ``import-<name>``."""

    name: str
    title: str
    languages: tuple[str, ...]
    """BCP 47 tags, or ``("many",)``."""
    licence: str
    homepage: str
    how_to_get: str
    """Where to download it and what for: shown when nothing to import is found."""
    markers: tuple[str, ...]
    """Patterns of files of which one lies below the root of every release: ``*/*/*.trans.txt``."""
    tables: tuple[str, ...]
    """Patterns of the text files (not audio) that ``read`` needs, from the root; ``**/`` for those
    that may lie at any depth."""
    listed: tuple[str, ...] = ()
    """Patterns of audio whose names ``read`` looks for itself, where no table names it: of an
    archive's, empty files stand in its place."""
    access: Access = Access.FREE
    orders: tuple[str, ...] = ()
    """Of a licensed corpus: the catalogue numbers to order, ``LDC2004S13``."""
    archives: tuple[PublishedArchive, ...] = ()
    """What can be downloaded without asking anybody."""
    in_parts: bool = False
    """All releases in a folder are one import, as the archives of the sets of one corpus; else two
    of them are an error."""
    groups: tuple[str, ...] = ("",)
    unsplit_groups: tuple[str, ...] = ()
    """Groups that are one set, with no train, dev and test."""
    columns: tuple[str, ...] = ()
    """Names of further manifest columns, filled from Utterance.extra."""
    min_seconds: float = 0.0
    """Shorter clips are left out unless the user says otherwise; 0 where published sets are to stay
    whole."""
    max_seconds: float = 0.0
    """Longer clips are left out unless the user says otherwise; 0: none."""
    default_split: str = "official"
    """The rule (importers/splits/rules.py); one that rests on published splits is for a release
    that has them and names speakers."""

    def set_name(self, group: str, split: str | None) -> str:
        """The name of the set (and its CSV) of a clip, as ``cv-valid-train`` or ``cv-invalid``."""
        parts = [self.name, group] if group else [self.name]
        if group not in self.unsplit_groups:
            parts.append(split or REST)
        return "-".join(parts)

    @property
    def has_languages(self) -> bool:
        """Whether its releases are of several languages."""
        return len(self.languages) > 1 or self.languages == ("many",)

    @property
    def published_sets(self) -> tuple[str, ...]:
        """What ``--sets`` may name: none where all is published in one piece."""
        names = tuple(dict.fromkeys(archive.name for archive in self.archives))
        return names if len(names) > 1 else ()

    def set_names(self) -> tuple[str, ...]:
        """All sets, in the order in which they are reported."""
        names = [self.set_name(group, split) for group in self.groups for split in (*SPLITS, None)]
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What ``read`` may be told."""

    locale: str | None = None
    """The language of a release whose files do not say it."""
    release: str = ""
    """What the release is called (its archive or folder), which may tell the language."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What was said by the corpus's own flags (add_options) and by ``--sets``, by their names."""

    @property
    def sets(self) -> frozenset[str]:
        """The published sets that ``--sets`` names; empty: all."""
        return frozenset(filter(None, self.values.get("sets", "").split(",")))


class OptionGroup(Protocol):
    """Where ``add_options`` puts its flags: each takes one value or none, and defaults to None."""

    def add_argument(self, *flags: str, **settings: Any) -> Any:
        """As argparse has it."""


@runtime_checkable
class Corpus(Protocol):
    """A module of importers/corpora."""

    INFO: CorpusInfo

    def read(self, root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
        """Every row of the corpus once, in a stable order."""


def markup_rule(corpus: Corpus) -> Callable[[str], str]:
    """The corpus's ``normalise``; where it has none, texts stay as they are."""
    rule: Callable[[str], str] = getattr(corpus, "normalise", str)
    return rule
