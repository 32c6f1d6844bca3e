"""Words and phrases that the decoder hears more readily: names, products, commands.

    hot = HotPhrases(decoder, {"anna müller": 5.0, "zagreb": 4.0})
    decoder.decode(log_probs, hot=hot)

They are made in milliseconds, change neither decoder nor lexicon nor language model, and may be
others for each utterance. What they do to a score is in native/src/beam_search.h. Not for weights
of all words (DecoderOptions) and not for words that belong into the lexicon for good.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from native import _native
from native.output_columns import encoded

if TYPE_CHECKING:
    from native.decoder import Decoder

MOST_BOOST: Final = _native.most_hot_boost

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
    lexicon, empty, or of what is no label.
    """

    def __init__(
        self, decoder: "Decoder", boosts: Mapping[str, float], *, spellings: Spellings | None = None
    ) -> None:
        numbers = {label: number for number, label in enumerate(decoder.columns.labels)}
        spelled = []
        for word, ways in (spellings or {}).items():
            for labels in ways:
                try:
                    spelled.append((encoded(word), [numbers[label] for label in labels]))
                except KeyError as error:
                    raise ValueError(
                        f"the spelling of {word!r} has {error.args[0]!r}, which is none of the"
                        " labels"
                    ) from None
        phrases = [(encoded(text), float(boost)) for text, boost in boosts.items()]
        self._compiled = _native.HotPhrases(decoder.compiled, phrases, spelled)

    @property
    def compiled(self) -> _native.HotPhrases:
        """For native/decoder.py."""
        return self._compiled
