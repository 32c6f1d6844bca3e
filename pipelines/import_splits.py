"""From accepted rows to the split of each: collects what decides, and has the rule decide."""

from array import array
from collections.abc import Iterator

import numpy as np

from importers.corpus import SPLITS, CorpusInfo
from importers.splits.by_conversation import split_by_conversation
from importers.splits.by_speaker import split_by_speaker
from importers.splits.clips import NOWHERE, Codes, SplitClips, SplitClipsBuilder, fingerprint
from importers.splits.contiguous import split_contiguous
from importers.splits.corpora_creator import CorporaCreatorClips
from importers.splits.maximal import split_maximal
from importers.splits.rules import NEEDS_PUBLISHED
from importers.text import sentence_key
from pipelines.import_labels import Accepted, LabelRules
from pipelines.locale_notes import LocaleNotes
from pipelines.split_notes import split_notes


class Labels:
    """The split of every accepted row, by its place in the stream: one byte each."""

    _NAMES = (*SPLITS, None)  # NOWHERE is the last

    def __init__(self, codes: Codes) -> None:
        self._codes = array("b", codes.tobytes())

    def __len__(self) -> int:
        return len(self._codes)

    def __iter__(self) -> Iterator[str | None]:
        return (self._NAMES[code] for code in self._codes)


class Labeller:
    """Collects, row by row, what decides over the splits; then decides (see decide).

    ``locale`` is what the user says of rows that do not tell theirs.
    """

    def __init__(self, info: CorpusInfo, rules: LabelRules, locale: str | None = None) -> None:
        self._info = info
        self._rules = rules
        self._splittable = array("b")
        self._clips = SplitClipsBuilder()
        self._creator = CorporaCreatorClips() if rules.split == "corpora-creator" else None
        self._locales = LocaleNotes(locale)

    def add(self, accepted: Accepted) -> None:
        """Take note of the next accepted row."""
        utterance = accepted.utterance
        self._locales.add(utterance.locale)
        splittable = utterance.group not in self._info.unsplit_groups
        self._splittable.append(splittable)
        if not splittable:
            return
        valid = utterance.group == self._info.groups[0]
        key = fingerprint(sentence_key(accepted.sentence, utterance.locale or None))
        self._clips.append(
            utterance.speaker,
            key,
            valid=valid,
            published=utterance.split,
            conversation=utterance.conversation,
        )
        if self._creator and valid:
            self._creator.append(utterance.speaker, accepted.sentence, utterance.audio.path)

    def decide(self) -> tuple[Labels, list[str]]:
        """The split of each row that was added, and sentences for the report."""
        clips = self._clips.build()
        rule = self._rules.split or self._default_rule(clips)
        codes = self._split(rule, clips)
        labels = np.full(len(self._splittable), NOWHERE, np.int8)
        labels[np.array(self._splittable, np.bool_)] = codes
        rest = f"{self._info.set_name(self._info.groups[0], None)}.csv"
        notes = split_notes(rule, clips, codes, rest, self._rules.duplicate_sentences)
        return Labels(labels), [*notes, *self._locales.sentences()]

    def _default_rule(self, clips: SplitClips) -> str:
        if self._info.default_split not in NEEDS_PUBLISHED:
            return self._info.default_split
        if not (clips.published != NOWHERE).any():
            return "maximal"
        # Without speakers (2017), all but a few sentences of dev and test are in train as well.
        return self._info.default_split if clips.speakers else "official"

    def _split(self, rule: str, clips: SplitClips) -> Codes:
        if rule == "contiguous":
            return split_contiguous(clips)
        if rule == "conversation":
            return split_by_conversation(clips, self._rules.seed)
        if rule == "speaker":
            return split_by_speaker(clips, self._rules.seed)
        if rule == "maximal":
            return split_maximal(clips, self._rules.seed)
        if self._creator is None:
            return clips.published
        codes = np.full(len(clips), NOWHERE, np.int8)
        codes[clips.valid] = self._creator.split(self._rules.duplicate_sentences)
        return codes
