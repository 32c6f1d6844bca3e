"""Words and phrases that the decoder hears more readily: names, products, commands.

    hot = HotPhrases(decoder, {"anna müller": 5.0, "zagreb": 4.0})
    decoder.decode(log_probs, hot=hot)

They are made in milliseconds, change neither decoder nor lexicon nor language model, and may be
others for each utterance. What they do to a score is in native/src/beam_search.h. Not for weights
of all words (DecoderOptions) and not for words that belong into the lexicon for good.
"""

from collections.abc import ItemsView, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Final, TypeVar

from native import _native
from native.spelling import LabelNumbers, encoded, in_order

if TYPE_CHECKING:
    from native.decoder import Decoder

MOST_BOOST: Final = _native.most_hot_boost

Value = TypeVar("Value")

Spellings = Mapping[str, Sequence[Sequence[str]]]


class HotPhrases:
    """Phrases and their boosts, for a decoder and others with the same lexicon, language model and
    alpha. Threads may share them.

    A boost is what a phrase adds to the total of a text, each time that the text has it, in natural
    logarithms: with 3, a text that would be 20 times less likely is as good. From -MOST_BOOST to
    MOST_BOOST; 2 to 6 are usual, and much more writes what was not said. Of phrases that begin at
    the same word the longest counts, and no word counts for two: of "new york" and "york city",
    "new york city" has the first.

    A phrase is one word or several with spaces between, as the decoder writes them. With a lexicon
    that writes nothing between words (characters, bytes), and without a lexicon, it is a piece of
    the text; where a space can be written, one of whole words. A word that the lexicon has not can
    then be written too: it is spelled by the labels (of pieces, the longest ones from its beginning
    on), or as `spellings` has it, and is <unk> to the language model.

    Raises ValueError, naming the phrase, for an empty one, one that is there twice, a boost that is
    no such number, a word that cannot be spelled, and for spellings that are of no word outside the
    lexicon, empty, or of what is no label. Raises TypeError for what is no mapping of texts to
    numbers, or of words to lists of spellings.
    """

    def __init__(
        self, decoder: "Decoder", boosts: Mapping[str, float], *, spellings: Spellings | None = None
    ) -> None:
        compiled = getattr(decoder, "compiled", None)
        if not isinstance(compiled, _native.Decoder):
            raise TypeError(f"hot phrases are for a Decoder, not {type(decoder).__name__}")
        numbers = LabelNumbers(decoder.columns.labels)
        spelled = [
            (encoded(word, "a word"), numbers.of(word, in_order(labels, f"a spelling of {word!r}")))
            for word, ways in _items(spellings or {}, "spellings", "words to lists of spellings")
            for labels in in_order(ways, f"spellings[{word!r}]")
        ]
        phrases = [
            (encoded(text, "a hot phrase"), _boost(text, boost))
            for text, boost in _items(boosts, "boosts", "phrases to numbers")
        ]
        self._compiled = _native.HotPhrases(compiled, phrases, spelled)

    @property
    def compiled(self) -> _native.HotPhrases:
        """For native/decoder.py."""
        return self._compiled


def _items(values: Mapping[str, Value], name: str, what: str) -> ItemsView[str, Value]:
    if not isinstance(values, Mapping):
        raise TypeError(f"{name} must be a mapping of {what}, not {type(values).__name__}")
    return values.items()


def _boost(text: str, boost: object) -> float:
    if not isinstance(boost, Real):
        raise TypeError(f"the hot phrase {text!r} has the boost {boost!r}, which is no number")
    return float(boost)
