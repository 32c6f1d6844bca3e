"""The sentences of a folder of count-words, as one of the inputs of a build."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from importers.digests import digest_of
from importers.errors import UsageError
from importers.text import TextRules
from lm.counted_text import JSON_NAME, CountedText
from lm.sentences import Source
from native.sentences import SentenceReader, WordCounts
from native.text import RULES, special_language

OnBytes = Callable[[int], None]


def rules_of(said: str | None, locale: str | None, counted: Sequence[CountedText]) -> TextRules:
    """Text rules and locale of a build: what is said, else those of the text that is counted."""
    rules = said or (counted[0].rules.rules if counted else RULES[0])
    locales = (one.rules.locale for one in counted)
    return TextRules(rules, locale or next(filter(None, locales), None))


def check_rules(rules: TextRules, counted: Sequence[CountedText]) -> None:
    """Raises UsageError where text was counted by other rules, or with a locale that differs.

    Locales differ where one of them has rules of its own that the other has not.
    """
    for one in counted:
        path, theirs = one.folder / JSON_NAME, one.rules
        again = "Count it again with what this model is to have, or leave that out here"
        if theirs.rules != rules.rules:
            raise UsageError(
                f"{path}: the text went through other text rules, {theirs.rules}, than are wanted "
                f"here, {rules.rules}. {again}"
            )
        if rules.rules == "unicode" and (
            special_language(theirs.locale) != special_language(rules.locale)
        ):
            raise UsageError(
                f"{path}: the text was read with {_named(theirs.locale)}, and this model's has "
                f"{_named(rules.locale)}, which spells words differently. {again}"
            )


class CountedStream:
    """Sentences that are normalised already, and their words, counted already.

    `whole` tells whether all of them are wanted, so that those counts hold: not where something is
    to be kept out that was not kept out when they were made.
    """

    def __init__(self, counted: CountedText, excluded: Sequence[Path]) -> None:
        self._counted = counted
        known = {one["sha256"] for one in counted.excluded}
        self.whole = known.issuperset(map(digest_of, excluded))
        self.sources = [_source(one) for one in counted.sources]
        self.files = [counted.folder / part.file.name for part in counted.parts]
        self.transcript_characters = counted.transcript_characters

    def add_words(self, counts: WordCounts) -> None:
        """Add how often each word was seen in the whole. Raises FormatError for a damaged file."""
        self._counted.add_words(counts)

    def batches(self, reader: SentenceReader, threads: int, on_bytes: OnBytes) -> Iterator[bytes]:
        """The sentences that are wanted, each with a line feed behind it.

        Raises FormatError for damaged files.
        """
        if self.whole:
            for part in self._counted.parts:
                yield from self._counted.sentences(part, on_bytes)
            return
        for part in self._counted.parts:
            for number, lines in self._counted.pieces(part, on_bytes):
                kept = reader.without_excluded(lines, threads)
                self.sources[number].sentences -= sum(kept.rejected.values())
                self.sources[number].rejected.update(kept.rejected)
                yield kept.text


def _source(record: Mapping[str, Any]) -> Source:
    return Source(
        Path(record["name"]),
        record["kind"],
        sentences=record["sentences"],
        rejected=Counter(record["rejected"]),
        sha256=record["sha256"],
    )


def _named(locale: str | None) -> str:
    return f"locale {locale}" if locale else "no locale"
