"""Running text into sentences: where one ends, in several scripts.

    >>> list(split_paragraphs(["It rains. Dr. Who", "stays in.", "", "「雨だ。」そう"]))
    ['It rains.', 'Dr. Who stays in.', '「雨だ。」', 'そう']

Rules of our own, after the ones that every splitter has (UAX #29 SB6 to SB11; the lists of
non-breaking prefixes of Moses):

- Empty lines part paragraphs. A line end inside a paragraph is a space, as in wrapped text; but a
  line over 120 characters is a paragraph of its own, as in dumps, and a line that begins with a
  bullet begins one. Between characters of scripts that part no words it is nothing.
- Stops that scripts use for nothing else end a sentence wherever they stand: 。！？｡, the danda and
  the full stops of Urdu, Ethiopic, Armenian, Burmese and Khmer.
- . ! ? … and the Arabic question mark end one where a space follows, and then no lower case letter.
- A full stop does not where it follows an abbreviation of the list (Mr., z. B., т. е.), one capital
  alone (J. Smith) or a number of one or two digits (German and Turkish 3. Mai); digits are rejected
  later anyway, and so is the whole sentence then, not a half of it taken.
- Closing quotation marks and brackets belong to the sentence that they close.
- Where 65,536 characters have no stop, a line's end is one: that is no running text.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

PARAGRAPH_LINE = 120
"""Characters from which on a line is taken for a whole paragraph: nobody wraps so late."""

LONGEST_SENTENCE = 1 << 16
"""Characters."""
_LOOK = 1 << 12  # characters of a paragraph whose sentences are looked for together
# Those that something follows, and that are no words of a language that has this stop: not "etc."
# and "Inc.", which end sentences too, nor "no." and "art.".
_ABBREVIATIONS = frozenset(
    chain.from_iterable(
        line.split()
        for line in (
            # English and the Romance languages: what a name, a number or a month follows.
            "mr mrs ms messrs dr prof rev lt sgt capt st mt sr jr nos vs ch fig eq op pp ca cf al",
            "e.g i.e viz approx mme mlle bd sra srta dña ud uds dott ing avv",
            "feb apr jun jul aug sep oct nov dec",
            # German, Dutch, the Nordic languages.
            "hr fr hrn bzw evtl ggf inkl zzgl nr abs aufl hrsg str tel z.b d.h u.a s.o s.u v.a",
            "i.d.r geb gest chr dhr mevr mw drs bijv d.w.z f.eks bl.a t.ex z d h",
            # Polish, Czech, Turkish.
            "np tzn tj ul św inż mgr godz tzv např čl sb bkz örn",
            # Russian, Ukrainian.
            "т.е т.к и.о вв ул стр рис см напр акад проф обл т г",
        )
    )
)
_WORDS_OF_ONE_CAPITAL = "IЯО"
# Of guillemets and low quotes either may close; one that stands apart, as in French, closes where
# a space follows it too. (Possessive: a stop before it at the end of the text ends nothing.)
_CLOSING = "(?:[\"'”’“»›«‹)\\]}」』）】》〉]|\\s»(?=\\s|$))*+"
_WHOLE_STOPS = "。！？｡।॥۔።፧։។၊။"
_CANDIDATE = re.compile(
    rf"[{_WHOLE_STOPS}]+{_CLOSING}\s*|[.!?…؟]+{_CLOSING}(?:\s+(?=\S))"  # or the end of the text
)
_BULLET = re.compile(r"\s*(?:[-–—*•·‣▪◦]|\(?\d{1,3}[.)])\s")
_OPENING = re.compile(r"[\s(\[{\"'“‘„«‹]")  # what may stand before a word
_LONGEST = 10  # characters before a stop that are looked at: no abbreviation is so long
_ORDINAL = re.compile(r"\d{1,2}")
# Han, kana, bopomofo, their punctuation and full width forms; Thai, Lao, Burmese, Khmer, Tibetan.
_UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u31a0-\u31bf\u31f0-\u9fff\uf900-\ufaff"
    "\uff01-\uff9f\U00020000-\U0003ffff]"
)


def split_paragraphs(lines: Iterable[str]) -> Iterator[str]:
    """The sentences of running text, given line by line.

    A paragraph need not end: what is in memory of it is a sentence, and _LOOK characters. Where no
    stop comes in LONGEST_SENTENCE characters, this is no running text, and the line's end is one.
    """
    paragraph = _Paragraph()
    for line in lines:
        text = line.strip()
        is_long = len(text) > PARAGRAPH_LINE
        if not text or is_long or _BULLET.match(line):
            yield from paragraph.end()
        if is_long:
            yield from split_sentences(text)
        elif text:
            yield from paragraph.add(text)
    yield from paragraph.end()


def split_sentences(paragraph: str) -> Iterator[str]:
    """The sentences of one paragraph, without the spaces between them."""
    start = 0
    for found in _CANDIDATE.finditer(paragraph):
        if _ends(paragraph, start, found):
            yield paragraph[start : found.end()].strip()
            start = found.end()
    if rest := paragraph[start:].strip():
        yield rest


def ends_paragraph(line: str) -> bool:
    """Whether what comes behind a line is in another paragraph, whatever stands there."""
    text = line.strip()
    return not text or len(text) > PARAGRAPH_LINE


def _ends(text: str, start: int, found: re.Match[str]) -> bool:
    mark = text[found.start()]
    if mark in _WHOLE_STOPS:
        return True
    if text[found.end()].islower():
        return False
    if mark != "." or text.startswith("..", found.start()):
        return True
    before = text[max(start, found.start() - _LONGEST) : found.start()]
    return not _is_abbreviation(_OPENING.split(before)[-1])


def _is_abbreviation(word: str) -> bool:
    """Whether a full stop behind this is part of it."""
    if len(word) == 1 and word.isupper():
        return word not in _WORDS_OF_ONE_CAPITAL
    return word.lower() in _ABBREVIATIONS or _ORDINAL.fullmatch(word) is not None


class _Paragraph:
    """Lines that belong together, as far as their sentences are not yet known."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._look = _LOOK
        """The size at which sentences are looked for."""

    def add(self, text: str) -> Iterator[str]:
        """One more line; now and then, all sentences but the last, which may go on."""
        if self._parts:
            self._parts.append(_joint(self._parts[-1], text))
        self._parts.append(text)
        self._size += len(text)
        if self._size < self._look:
            return
        *whole, last = self.end()
        yield from whole
        if len(last) > LONGEST_SENTENCE:
            yield last
            return
        # Twice the size: so that a long sentence is not looked at again for every line of it.
        self._parts, self._size, self._look = [last], len(last), max(_LOOK, 2 * len(last))

    def end(self) -> Iterator[str]:
        """The sentences that are left."""
        text = "".join(self._parts)
        self._parts, self._size, self._look = [], 0, _LOOK
        return split_sentences(text)


def _joint(first: str, second: str) -> str:
    return "" if _UNSPACED.match(first[-1]) and _UNSPACED.match(second[0]) else " "
