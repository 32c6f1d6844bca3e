"""Perplexity: among how many words, as it were, a language model hesitates at each place of a text.

    perplexity = 10 ** (-log10 P / tokens)

P is the probability of all words and of the end of each sentence, each given what stands before it
in its sentence; tokens are those words and ends. "With OOV" (out of vocabulary) the words that the
model does not know count too, with the probability of <unk>; "without" they and their probabilities
are left out of both, though they still stand before other words. Both are what KenLM's program
`query` prints as "Perplexity including OOVs" and "excluding OOVs" (lm/ngram_query.hh).

Two models may be compared by it where they know about the same words of a text: who knows fewer has
the rare ones, which are hard to foretell, for the price of <unk>, or for nothing.

The tokens of a model of characters are characters (lm/units.py), which are far easier to foretell
than words. So there are two measures that are of the text, whatever the tokens are:

    per word = 10 ** (-log10 P / (words + sentences))        of words, the perplexity with OOV
    bits per character = -log2 P / characters                each end of a sentence is one, too
"""

import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from importers.errors import FormatError, UsageError
from importers.text import TextRules
from lm.build_progress import BuildProgress
from lm.locale_choice import choose_locale
from lm.package import JSON_NAME, LanguageModelPackage
from lm.sentences import Source
from lm.text_files import STDIN, check_text_named, require_file
from lm.text_stream import TextStream
from lm.units import Unit, words_in
from lm.vocabulary import MANY
from native.language_model import LanguageModel, TextScore
from native.text import RULES

Say = Callable[[str], None]


@dataclass(slots=True)
class Perplexity:
    """What a language model says about a text, summed up as it is read."""

    sentences: int = 0
    units: int = 0
    """Running words, or characters of a model of those, without the ends of sentences."""
    words: int = 0
    """Running words, whatever the units."""
    characters: int = 0
    """Code points, with spaces and ends of sentences."""
    log10: float = 0.0
    """log10 P, as above."""
    oov_log10: float = 0.0
    """What the units that the model does not know have of it."""
    oov: Counter[str] = field(default_factory=Counter)
    """How often each of those is in the text."""

    def add(self, score: TextScore, sentences: bytes) -> None:
        """More of the text: its sentences, and their score in the model's units."""
        self.sentences += score.sentences
        self.units += score.words
        self.words += words_in(sentences)
        self.characters += len(sentences.decode())
        self.log10 += score.log10
        self.oov_log10 += score.unknown_log10
        self.oov.update(score.unknown_words)

    @property
    def tokens(self) -> int:
        """Units and ends of sentences."""
        return self.units + self.sentences

    @property
    def oov_rate(self) -> float:
        """The share of the units that the model does not know; nan of a text without any."""
        return self.oov.total() / self.units if self.units else float("nan")

    @property
    def with_oov(self) -> float:
        """Over all tokens; nan of a text without any."""
        return _perplexity(self.log10, self.tokens)

    @property
    def without_oov(self) -> float:
        """Over the tokens that the model knows; nan of a text without any."""
        return _perplexity(self.log10 - self.oov_log10, self.tokens - self.oov.total())

    @property
    def per_word(self) -> float:
        """With OOV, over the words of the text, whatever the model's units; nan of none."""
        return _perplexity(self.log10, self.words + self.sentences)

    @property
    def bits_per_character(self) -> float:
        """With OOV; nan of a text without characters."""
        return -self.log10 * math.log2(10) / self.characters if self.characters else float("nan")

    def most_frequent_oov(self, at_most: int) -> list[tuple[str, int]]:
        """Units that the model does not know; equally frequent ones by their code points."""
        return sorted(self.oov.items(), key=lambda item: (-item[1], item[0]))[:at_most]


def _perplexity(log10: float, tokens: int) -> float:
    if not tokens:
        return float("nan")
    exponent = -log10 / tokens
    return 10**exponent if exponent < sys.float_info.max_10_exp else float("inf")


@dataclass(frozen=True, slots=True)
class PerplexityRequest:
    """Which language models to measure on which text. Raises UsageError for what cannot be."""

    packages: tuple[Path, ...]
    texts: tuple[Path, ...] = ()
    manifests: tuple[Path, ...] = ()
    split: bool = False
    """Whether the texts are running text, not one sentence a line."""
    rules: str | None = None
    """Text rules; None: those of the packages."""
    locale: str | None = None
    """None: that of the packages, else that of the manifests."""
    threads: int = 1

    def __post_init__(self) -> None:
        check_text_named(self.texts, self.manifests)
        for path in self.texts:
            if path != STDIN:
                require_file(path, "--text")
        for path in self.manifests:
            require_file(path, "--csv")


@dataclass(frozen=True, slots=True)
class Measured:
    """One language model on one file or manifest."""

    source: Source
    package: Path
    unit: Unit
    perplexity: Perplexity


def measure(request: PerplexityRequest, say: Say) -> list[Measured]:
    """Each package on each manifest, then on each text, which are read once.

    All text goes through the rules of build-lm, once for all packages: those and the language that
    the packages were built with. ``say`` gets what was decided and what is odd, in lines. Raises
    MynaError (a package that is none or damaged, packages of different rules or languages of which
    none was chosen, no sentence at all) and OSError.
    """
    packages = [LanguageModelPackage.read(folder) for folder in request.packages]
    models = [_open(package) for package in packages]
    sources = [Source(path, "manifest") for path in request.manifests]
    sources += [Source(path, "text", request.split) for path in request.texts]
    text = TextStream(sources, _rules(request, packages, say), (), request.threads)
    measured: list[Measured] = []
    with BuildProgress() as progress:
        progress.begin_reading([source.path for source in text.sources])
        for source in text.sources:
            scores = [Perplexity() for _ in packages]
            for batch in text.batches_of(source, progress):
                for package, model, score in zip(packages, models, scores, strict=True):
                    score.add(_score(package, model, batch), batch)
            measured += [
                Measured(source, package.folder, package.unit, score)
                for package, score in zip(packages, scores, strict=True)
            ]
    for line in (*text.check(), *_warnings(measured)):
        say(line)
    return measured


def _warnings(measured: Sequence[Measured]) -> Iterator[str]:
    for one in measured:
        if one.perplexity.oov_rate > MANY:
            yield (
                f"warning: {one.package} does not know {one.perplexity.oov_rate:.1%} of the "
                f"{one.unit}s of {one.source.name}, so that its perplexity tells little. Is it "
                "built of too little text, or for another language"
                + (", or is the text without spaces?" if one.unit == "word" else "?")
            )


def _open(package: LanguageModelPackage) -> LanguageModel:
    try:
        return LanguageModel(package.binary)
    except RuntimeError as error:
        raise FormatError(f"{package.binary}: {error}") from None


def _score(package: LanguageModelPackage, model: LanguageModel, sentences: bytes) -> TextScore:
    try:
        return model.score_text(package.units.tokens(sentences))
    except RuntimeError as error:  # it holds a NaN
        raise FormatError(f"{package.binary}: {error}") from None


def _rules(
    request: PerplexityRequest, packages: Sequence[LanguageModelPackage], say: Say
) -> TextRules:
    """Those that the models' own text went through, so that words are spelled alike."""
    for package in packages:
        if package.text_rules not in RULES:
            raise FormatError(
                f"{package.folder / JSON_NAME}: no text rules {package.text_rules!r}; there are "
                f"{', '.join(RULES)}. Build the package again"
            )
    named = {package.text_rules for package in packages}
    rules = request.rules or _common(named, "by different text rules", "--text-rules") or RULES[0]
    if rules != "unicode":  # the others know of no language
        return TextRules(rules)
    locale = request.locale
    if locale is None:
        known = {package.locale for package in packages if package.locale}
        locale = _common(known, "for different languages", "--locale")
        if locale:
            say(f"locale: {locale}, that of the language models")
    locale, line = choose_locale(locale, request.manifests)
    if line:
        say(line)
    return TextRules(rules, locale)


def _common(found: set[str], how: str, flag: str) -> str | None:
    """The one that all packages have, if any has one."""
    if len(found) > 1:
        raise UsageError(
            f"the packages were built {how} ({', '.join(sorted(found))}): say by {flag} which the "
            "text is to be read by"
        )
    return next(iter(found), None)
