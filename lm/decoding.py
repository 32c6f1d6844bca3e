"""The decoder for an acoustic model's labels and a package, with the package's own settings."""

from dataclasses import replace

from importers.alphabet import Alphabet
from importers.errors import MynaError
from lm.alphabet_choice import decoder_labels
from lm.package import LanguageModelPackage
from native.decoder import Decoder, DecoderOptions
from native.language_model import LanguageModel
from native.lexicon import Lexicon


def options_of(package: LanguageModelPackage | None) -> DecoderOptions:
    """The decoder's options for a package, or without a language model; one reading."""
    if package is None:
        return DecoderOptions(hypotheses=1)
    untuned = DecoderOptions(hypotheses=1, alpha=package.alpha, beta=package.beta)
    return replace(
        untuned,
        beam_size=package.beam_size or untuned.beam_size,
        beam_threshold=package.beam_threshold or untuned.beam_threshold,
    )


class PackageDecoders:
    """Decoders of one package, whose files are opened once; of no package: without a model.

    Raises MynaError for a damaged package.
    """

    def __init__(self, alphabet: Alphabet, package: LanguageModelPackage | None) -> None:
        self._labels = decoder_labels(alphabet)
        self._package = package
        self._lexicon: Lexicon | None = None
        self._language_model: LanguageModel | None = None
        if package is not None:
            try:
                self._lexicon = Lexicon(package.trie)
                self._language_model = LanguageModel(package.binary)
            except (ValueError, RuntimeError) as error:
                raise _damaged(package, error) from None

    def decoder(self, options: DecoderOptions) -> Decoder:
        """A decoder with these options. Raises MynaError for a package that does not fit itself."""
        try:
            return Decoder(
                self._labels,
                lexicon=self._lexicon,
                language_model=self._language_model,
                options=options,
            )
        except (ValueError, RuntimeError) as error:
            if self._package is None:
                raise
            raise _damaged(self._package, error) from None


def _damaged(package: LanguageModelPackage, error: Exception) -> MynaError:
    return MynaError(f"{package.folder}: {error}. Build the package again")
