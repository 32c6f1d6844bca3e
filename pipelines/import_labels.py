"""From what a corpus says to what we make of it: which rows are used, with what text.

The corpus is read in one pass here, and in a second when the manifests are written; both judge each
row by the same rules. In between only a few bytes a row are kept.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from importers import votes as vote_rules
from importers.alphabet import Alphabet, AlphabetError
from importers.archives import is_safe
from importers.corpus import Utterance
from importers.report import Reason, Reject
from importers.text import TextRules

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
    """One of importers.splits.rules.SPLIT_RULES, or None: what suits the corpus (Labeller)."""
    seed: int = 0
    """For the order in which speakers are drawn."""
    alphabet: Alphabet | None = None
    """Transcripts that it cannot write are left out; None: any will do."""
    duplicate_sentences: int = 1
    """How many clips of one sentence the split rule corpora-creator keeps."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A row that is used, if its audio can be."""

    utterance: Utterance
    transcript: str
    sentence: str
    """The text without the corpus's own markup."""


class Judge:
    """Decides row by row; the same stream gives the same decisions."""

    def __init__(self, rules: LabelRules, markup: Callable[[str], str] = str) -> None:
        self._rules = rules
        self._markup = markup
        self._seen: dict[str, str] = {}  # the source of each key
        self._by_locale: dict[str, TextRules] = {}
        self.recounted = 0
        """Clips whose votes, counted anew, have moved them to another group."""

    def __call__(
        self, rows: Iterable[Utterance | Reject], source: str = ""
    ) -> Iterator[Accepted | Reject]:
        """An Accepted or a Reject for each row, in order.

        Of several sources, the newest is judged first: its row of a clip counts.
        """
        for row in rows:
            yield row if isinstance(row, Reject) else self._judge(row, source)

    def _judge(self, utterance: Utterance, source: str) -> Accepted | Reject:
        key = utterance.key
        if not _KEY.fullmatch(key) or len(key.encode()) > _MAX_KEY_BYTES:
            return Reject(key, Reason.BAD_NAME, utterance.audio.path)
        if not is_safe(utterance.audio.path) or not _PATH.fullmatch(utterance.audio.path):
            return Reject(key, Reason.BAD_NAME, utterance.audio.path)
        if key in self._seen:
            newer = self._seen[key]
            here = f"{utterance.group}: {utterance.text}"
            return Reject(key, Reason.DUPLICATE, here if newer == source else f"is in {newer} too")
        self._seen[key] = source
        sentence = self._markup(utterance.text)
        normalised = self._text_rules(utterance.locale).apply(sentence)
        if normalised.problem:
            return Reject(key, _TEXT_PROBLEMS[normalised.problem], utterance.text)
        missing = self._missing(normalised.text)
        if missing:
            return Reject(key, Reason.NOT_IN_ALPHABET, f"{missing}: {normalised.text}")
        return Accepted(self._recount(utterance), normalised.text, sentence)

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
