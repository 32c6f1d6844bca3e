"""From what a corpus says to what we make of it: which rows are used, in which set, with what text.

The corpus is read in one pass here, and in a second when the manifests are written; both judge each
row by the same rules. In between only a few bytes a row are kept.
"""

import hashlib
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from importers import votes as vote_rules
from importers.alphabet import Alphabet, AlphabetError
from importers.archives import is_safe
from importers.corpus import SPLITS, CorpusInfo, Utterance
from importers.report import Reason, Reject
from importers.splits import SplitInput, shared_across, split_by_speaker
from importers.text import TextRules, sentence_key

SPLIT_RULES = ("official", "speaker")

# A WAV is called after its key: no separators or control characters, room for ".wav" and the mark
# of a temporary name within the 255 bytes of a file name.
_KEY = re.compile(r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*")
_MAX_KEY_BYTES = 200
_PATH = re.compile(r"[^\x00-\x1f\x7f]+")

_TEXT_PROBLEMS = {
    "digits": Reason.DIGITS,
    "symbols": Reason.SYMBOLS,
    "empty": Reason.EMPTY_TEXT,
}


@dataclass(frozen=True, slots=True)
class LabelRules:
    """What the user may decide about sets and texts."""

    text: str = "unicode"
    """One of native.text.RULES."""
    votes: str | None = None
    """One of importers.votes.PRESETS, or None: the corpus's own files decide."""
    split: str | None = None
    """One of SPLIT_RULES, or None: official where the corpus has splits, else by speaker."""
    seed: int = 0
    """For the order in which speakers are drawn."""
    alphabet: Alphabet | None = None
    """Transcripts that it cannot write are left out; None: any will do."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A row that is used, if its audio can be."""

    utterance: Utterance
    transcript: str


class Judge:
    """Decides row by row; the same stream gives the same decisions."""

    def __init__(self, rules: LabelRules) -> None:
        self._rules = rules
        self._seen: set[str] = set()
        self._by_locale: dict[str, TextRules] = {}
        self.recounted = 0
        """Clips whose votes, counted anew, have moved them to another group."""

    def __call__(self, rows: Iterable[Utterance | Reject]) -> Iterator[Accepted | Reject]:
        """An Accepted or a Reject for each row, in order."""
        for row in rows:
            yield row if isinstance(row, Reject) else self._judge(row)

    def _judge(self, utterance: Utterance) -> Accepted | Reject:
        key = utterance.key
        if not _KEY.fullmatch(key) or len(key.encode()) > _MAX_KEY_BYTES:
            return Reject(key, Reason.BAD_NAME, utterance.audio.path)
        if not is_safe(utterance.audio.path) or not _PATH.fullmatch(utterance.audio.path):
            return Reject(key, Reason.BAD_NAME, utterance.audio.path)
        if key in self._seen:
            return Reject(key, Reason.DUPLICATE, f"{utterance.group}: {utterance.text}")
        self._seen.add(key)
        normalised = self._text_rules(utterance.locale).apply(utterance.text)
        if normalised.problem:
            return Reject(key, _TEXT_PROBLEMS[normalised.problem], utterance.text)
        missing = self._missing(normalised.text)
        if missing:
            return Reject(key, Reason.NOT_IN_ALPHABET, f"{missing}: {normalised.text}")
        return Accepted(self._recount(utterance), normalised.text)

    def _missing(self, transcript: str) -> str | None:
        """What the user's alphabet lacks for a transcript."""
        if self._rules.alphabet is None:
            return None
        try:
            self._rules.alphabet.encode(transcript)
        except AlphabetError as error:
            return str(error)
        return None

    def _text_rules(self, locale: str) -> TextRules:
        if locale not in self._by_locale:
            self._by_locale[locale] = TextRules(self._rules.text, locale or None)
        return self._by_locale[locale]

    def _recount(self, utterance: Utterance) -> Utterance:
        if not self._rules.votes or utterance.votes is None:
            return utterance
        group = str(vote_rules.decide(utterance.votes, self._rules.votes))
        if group == utterance.group:
            return utterance
        self.recounted += 1
        return replace(utterance, group=group, split=None)


def _sentence(utterance: Utterance) -> int:
    """Equal for clips that count as the same sentence; eight bytes instead of the text."""
    key = sentence_key(utterance.text, utterance.locale or None)
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


class Labels:
    """The split of every accepted row, by its place in the stream."""

    _CODES = (None, *SPLITS)

    def __init__(self) -> None:
        self._splits = array("b")

    def __len__(self) -> int:
        return len(self._splits)

    def __iter__(self) -> Iterator[str | None]:
        return (self._CODES[code] for code in self._splits)

    def append(self, split: str | None) -> None:
        """Add the next row's split."""
        self._splits.append(self._CODES.index(split))


class Labeller:
    """Collects, row by row, what decides over the splits; then decides (see decide)."""

    def __init__(self, info: CorpusInfo, rules: LabelRules) -> None:
        self._info = info
        self._rules = rules
        self._official = Labels()
        self._clips: list[SplitInput] = []
        self._splittable = array("b")
        self._speakers: dict[str, str] = {}
        self._has_official = False
        self._without_locale = 0

    def add(self, accepted: Accepted) -> None:
        """Take note of the next accepted row."""
        utterance = accepted.utterance
        splittable = utterance.group not in self._info.unsplit_groups
        self._splittable.append(splittable)
        self._official.append(utterance.split if splittable else None)
        self._has_official |= utterance.split is not None
        self._without_locale += not utterance.locale
        if splittable:
            speaker = utterance.speaker
            if speaker is not None:
                # One string a speaker, however many rows name it.
                speaker = self._speakers.setdefault(speaker, speaker)
            counts = utterance.group == self._info.groups[0]
            self._clips.append(SplitInput(speaker, _sentence(utterance), counts))

    def decide(self) -> tuple[Labels, list[str]]:
        """The split of each row that was added, and sentences for the report."""
        rule = self._rules.split or ("official" if self._has_official else "speaker")
        if rule == "official":
            return self._official, [*self._official_notes(), *self._locale_notes()]
        chosen = split_by_speaker(self._clips, self._rules.seed)
        labels = Labels()
        splits = iter(chosen)
        for splittable in self._splittable:
            labels.append(next(splits) if splittable else None)
        return labels, [*self._built_notes(chosen), *self._locale_notes()]

    def _locale_notes(self) -> list[str]:
        if not self._without_locale:
            return []
        return [
            f"language: {self._without_locale:,} clips do not tell theirs, so they are put into "
            "lower case by no language's rule; --locale tells it"
        ]

    def _official_notes(self) -> list[str]:
        if not self._has_official:
            return ["split: the corpus has none of its own: every clip is in a set called rest"]
        splits = (
            split
            for split, splittable in zip(self._official, self._splittable, strict=True)
            if splittable
        )
        shared = shared_across(self._clips, list(splits))
        return [
            "split: the corpus's own; its train, dev and test share "
            f"{shared.speakers:,} speakers and {shared.sentences:,} sentences"
        ]

    def _built_notes(self, chosen: list[str | None]) -> list[str]:
        nowhere = sum(split is None for split in chosen)
        if not self._speakers:
            return ["split: the corpus names no speakers, so sentences alone are kept apart"]
        return [
            "split: by speaker; no speaker and no sentence is in two of train, dev and test"
            + (f"; {nowhere:,} clips that would break this are in none" if nowhere else ""),
            *(f"split: {name} is empty" for name in SPLITS if name not in chosen),
        ]
