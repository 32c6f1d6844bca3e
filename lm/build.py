"""Builds a language model package out of text and transcripts.

    sentences -> words counted, and at the same time into lmplz -> ARPA -> lm.binary -> trie

The text is read once, front to back. The vocabulary is decided at its end: lmplz asks for it then.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from importers.digests import digest_of
from importers.errors import MynaError, UsageError
from importers.storage import put_text
from importers.text import TextRules
from lm.alphabet_choice import AlphabetChoice, alphabet_of, describe_all, given_alphabet
from lm.kenlm_programs import MAX_ORDER, MIN_ORDER, Estimate, Estimator, build_binary
from lm.package import (
    ALPHA,
    BETA,
    BINARY_NAME,
    JSON_NAME,
    TRIE_NAME,
    LanguageModelPackage,
    decoding_weights,
)
from lm.package_folder import package_folder
from lm.sentences import STDIN, Source, read_sentences
from lm.small_text import SMALL_TEXT_WORDS, check_prune, useful_order
from lm.vocabulary import TOP_WORDS, Vocabulary, WordCounts, choose_words
from native.lexicon import build_lexicon

ORDER = 5
PRUNE = (0, 0, 1)
"""3-grams and longer ones that occur once are dropped, as in DeepSpeech's releases (0|0|1)."""

_SMALL_MEMORY = "256M"
_MEMORY = 2 << 30

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What to build of what. Raises UsageError for settings that cannot be."""

    out: Path
    texts: tuple[Path, ...] = ()
    manifests: tuple[Path, ...] = ()
    order: int = ORDER
    """At most: see useful_order."""
    prune: tuple[int, ...] | None = None
    """None: PRUNE, and nothing for small text."""
    top_words: int = TOP_WORDS
    alphabet: Path | None = None
    rules: TextRules = field(default_factory=TextRules)
    alpha: float = ALPHA
    beta: float = BETA
    memory: str | None = None
    """For sorting: 2G, 50%. None: 256M for small text, else 2G, or half of what there is."""
    temp: Path | None = None
    """Folder for work files; None: beside the target."""
    threads: int = 1

    def __post_init__(self) -> None:
        if not self.texts and not self.manifests:
            raise UsageError("no text: name files by --text, manifests by --csv")
        if self.texts.count(STDIN) > 1:
            raise UsageError("--text - stands for stdin, which can be read once only")
        if not MIN_ORDER <= self.order <= MAX_ORDER:
            raise UsageError(f"--order {self.order}: an order is from {MIN_ORDER} to {MAX_ORDER}")
        if wrong := check_prune(self.prune or ()):
            raise UsageError(f"--prune: {wrong}")
        try:
            decoding_weights(self.alpha, self.beta)
        except ValueError as error:
            raise UsageError(f"--{error}") from None
        if self.temp is not None and not self.temp.is_dir():
            raise UsageError(f"--temp {self.temp}: there is no such folder")


def build_language_model(request: BuildRequest, say: Say) -> LanguageModelPackage:
    """Build the package and put it at ``request.out``; ``say`` gets what was decided, in lines.

    Small text (SMALL_TEXT_WORDS) is built without pruning and with an order that its n-grams
    support; discounts that the text is too small or odd to estimate are replaced by fixed ones.
    The same input and settings give the same bytes. Raises MynaError and OSError.
    """
    choice = given_alphabet(request.alphabet, request.manifests)
    with (
        package_folder(request.out) as folder,
        tempfile.TemporaryDirectory(prefix="build-lm-", dir=request.temp or folder) as work,
    ):
        package = _Build(request, say, folder, Path(work)).run(choice)
    return replace(package, folder=request.out)


@dataclass(slots=True)
class _Build:
    """One build under way."""

    request: BuildRequest
    say: Say
    folder: Path
    work: Path

    def run(self, choice: AlphabetChoice | None) -> LanguageModelPackage:
        """Everything, in the folder."""
        text = _Text(self.request)
        estimate, vocabulary, choice = self._estimate(text, choice)
        binary, trie = self.folder / BINARY_NAME, self.folder / TRIE_NAME
        build_binary(self._arpa, binary, memory=estimate.memory, work=self.work)
        self._arpa.unlink()
        build_lexicon(vocabulary.words, choice.alphabet.labels, binary, trie)
        package = LanguageModelPackage(
            folder=self.folder,
            order=estimate.order,
            alphabet=choice.alphabet,
            alpha=self.request.alpha,
            beta=self.request.beta,
            digests={path.name: digest_of(path) for path in (binary, trie)},
            prune=estimate.prune,
            text_rules=self.request.rules.rules,
            locale=self.request.rules.locale,
            sources=tuple(map(_source_record, text.sources)),
            counts=_counts_record(text, vocabulary),
        )
        put_text(self.folder / JSON_NAME, package.to_json())
        for path in (binary, trie):
            _to_disk(path)
        return package

    @property
    def _arpa(self) -> Path:
        return self.work / "lm.arpa"

    def _estimate(
        self, text: "_Text", choice: AlphabetChoice | None
    ) -> tuple[Estimate, Vocabulary, AlphabetChoice]:
        """Make the ARPA: what was estimated, of which words, in which alphabet."""
        batches = text.batches()
        head = []
        for batch in batches:
            head.append(batch)
            if text.words.running >= SMALL_TEXT_WORDS:
                break
        text.check_not_empty()
        estimate = self._plan(head, text.words.running)
        listed = self.work / "vocabulary.txt"
        with Estimator(estimate, arpa=self._arpa, vocabulary=listed, work=self.work) as estimator:
            for batch in chain(head, batches):
                estimator.write(batch)
            vocabulary, choice = self._choose(text, choice)
            listed.write_text("\n".join(vocabulary.words) + "\n", encoding="utf-8")
            fallbacks = estimator.finish()
        if fallbacks:
            orders = ", ".join(map(str, fallbacks))
            self.say(
                "the text is too small or too uniform to estimate the discounts of these orders; "
                f"fixed ones (0.5, 1, 1.5) are used: {orders}"
            )
        return estimate, vocabulary, choice

    def _plan(self, head: list[list[str]], running: int) -> Estimate:
        """The settings, now that it is known whether the text is small."""
        request = self.request
        small = running < SMALL_TEXT_WORDS
        order = useful_order(list(chain(*head)), request.order) if small else request.order
        prune = request.prune or ((0,) if small else PRUNE)
        if order < request.order:
            self.say(f"order {order}, not {request.order}: no longer n-gram occurs twice")
        if small and request.prune is None:
            self.say(f"nothing is pruned: {running:,} words are fewer than {SMALL_TEXT_WORDS:,}")
        memory = request.memory or (_SMALL_MEMORY if small else _default_memory())
        return Estimate(order, prune[:order], memory)

    def _choose(
        self, text: "_Text", choice: AlphabetChoice | None
    ) -> tuple[Vocabulary, AlphabetChoice]:
        """Vocabulary and alphabet, once all words are counted."""
        if choice is None and self.request.manifests:
            origin = "the characters of the transcripts"
            choice = alphabet_of(text.transcript_characters, origin, spaced=text.spaced)
        alphabet = choice.alphabet if choice else None
        vocabulary = choose_words(text.words.counts, alphabet, self.request.top_words)
        if choice is None:
            characters = set("".join(vocabulary.words))
            choice = alphabet_of(characters, "the characters of the text", spaced=text.spaced)
        self.say(f"alphabet: {len(choice.alphabet)} labels, {choice.origin}")
        if text.spaced and " " not in choice.alphabet.labels:
            self.say("the alphabet has no space: what is recognised with it is single words")
        self._say_left_out(vocabulary, choice)
        return vocabulary, choice

    def _say_left_out(self, vocabulary: Vocabulary, choice: AlphabetChoice) -> None:
        unwritable, rare = vocabulary.unwritable, vocabulary.rare
        if not vocabulary.words:
            raise MynaError(
                f"no word of the text can be written with the alphabet ({choice.origin}): it has "
                f"no {describe_all(vocabulary.foreign)}. Is it that of another language?"
            )
        if unwritable.words:
            self.say(
                f"left out: {unwritable.words:,} words ({unwritable.running:,} of all running "
                "words) with characters that the alphabet has not: "
                f"{describe_all(vocabulary.foreign)}"
            )
        if rare.words:
            self.say(
                f"left out: {rare.words:,} words ({rare.running:,} of all running words) beyond "
                f"the {self.request.top_words:,} most frequent ones (--top-words)"
            )


class _Text:
    """The sentences of all sources, counted while they pass."""

    def __init__(self, request: BuildRequest) -> None:
        self._rules = request.rules
        self._threads = request.threads
        self.sources = [Source(path, "manifest") for path in request.manifests]
        self.sources += [Source(path, "text") for path in request.texts]
        self.words = WordCounts()
        self.transcript_characters: set[str] = set()
        self.spaced = False
        """Whether some sentence has several words."""

    def batches(self) -> Iterator[list[str]]:
        for source in self.sources:
            for batch in read_sentences(source, self._rules, threads=self._threads):
                self.words.add(batch)
                characters = set("".join(batch))
                self.spaced = self.spaced or " " in characters
                if source.kind == "manifest":
                    self.transcript_characters |= characters - {" "}
                yield batch

    def check_not_empty(self) -> None:
        """Raises MynaError when everything has been read and no sentence is left."""
        if self.words.running:
            return
        rejected = sum((source.rejected for source in self.sources), Counter[str]())
        why = ", ".join(f"{count:,} {reason}" for reason, count in sorted(rejected.items()))
        names = ", ".join(source.name for source in self.sources)
        raise MynaError(
            f"no sentence in {names}: "
            + (f"{rejected.total():,} lines, all rejected ({why})" if why else "nothing is there")
            + ". Text has one sentence a line, without digits"
        )


def _source_record(source: Source) -> dict[str, object]:
    return {
        # Not its folder: a package says nothing of the machine that it was made on.
        "name": "stdin" if source.path == STDIN else source.path.name,
        "kind": source.kind,
        "sha256": source.sha256,
        "sentences": source.sentences,
        "rejected": dict(sorted(source.rejected.items())),
    }


def _counts_record(text: _Text, vocabulary: Vocabulary) -> dict[str, int]:
    return {
        "sentences": sum(source.sentences for source in text.sources),
        "rejected": sum(source.rejected.total() for source in text.sources),
        "running_words": text.words.running,
        "words": len(vocabulary.words),
        "unwritable_words": vocabulary.unwritable.words,
        "unwritable_running_words": vocabulary.unwritable.running,
        "rare_words": vocabulary.rare.words,
        "rare_running_words": vocabulary.rare.running,
    }


def _default_memory() -> str:
    """2 GB, or half of the machine's memory where that is less: lmplz itself would take 80 %."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{min(_MEMORY, machine // 2) >> 20}M"


def _to_disk(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
