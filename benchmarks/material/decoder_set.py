"""What decoders are measured on: text and language model, and simulated utterances apart from it.

The text is that of debian_text.py. Its sentences are mixed; dev and test are taken from the first
ones, and the language model is built from all that follow. Everything is kept in a folder, in files
that are named after their settings, and made when it is not there yet.

    lm-100000/                       the package: 5-gram, pruned 0 0 1, trie of 8 bits
    test-1000-0-<version>.npy        log-probabilities of all frames
    test-1000-0-<version>.json       their division into utterances, texts and boundaries
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.material import simulated_posteriors
from benchmarks.material.debian_text import debian_text, word_list
from benchmarks.material.kenlm_tools import ROOT
from benchmarks.material.simulated_posteriors import LABELS, Matrix, flattened, simulate
from importers.alphabet import Alphabet
from importers.digests import digest_of
from importers.storage import put_atomic, put_atomic_bytes
from importers.text import TextRules
from lm.build import BuildRequest, build_language_model
from lm.package import JSON_NAME, TRIE_NAME, LanguageModelPackage
from native.lexicon import Lexicon

FOLDER: Final = ROOT / "build" / "benchmarks" / "decoder"
_TEXT: Final = ROOT / "build" / "benchmarks" / "text"
SIMULATION: Final = digest_of(Path(simulated_posteriors.__file__))[:8]
"""Tells utterances of one simulation from those of a changed one."""
_HELD_OUT: Final = 20_000
"""So many first sentences of the text are no part of any language model."""
_SHORTEST, _LONGEST = 14, 40
"""Words of a test sentence: 7 to 20 s."""

Part = Literal["dev", "test"]
_DEV_BEGINS, _TEST_BEGINS = 0, 2_000
"""Places among the held-out sentences of such lengths, of which there are some 5,800."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One of the set."""

    log_probs: Matrix
    text: str
    word_starts: NDArray[np.int64]
    """Frames."""


def utterances(
    part: Part, count: int, *, seed: int = 0, temperature: float = 1.0, folder: Path = FOLDER
) -> list[Utterance]:
    """The first ``count`` utterances of a part."""
    arrays, about = (
        folder / f"{part}-{count}-{seed}-{SIMULATION}{end}" for end in (".npy", ".json")
    )
    if not about.is_file():
        _write_utterances(part, count, seed, arrays, about)
    clips = json.loads(about.read_text())
    ends = np.cumsum([clip["frames"] for clip in clips])
    matrices = np.split(np.load(arrays), ends[:-1])
    return [
        Utterance(flattened(matrix, temperature), clip["text"], np.array(clip["word_starts"]))
        for matrix, clip in zip(matrices, clips, strict=True)
    ]


def package(words: int, folder: Path = FOLDER) -> LanguageModelPackage:
    """The language model with the most frequent words.

    Of more words than the text has, the others are those of a word list, one a line: the language
    model then knows each of them from a sentence of its own.
    """
    target = folder / f"lm-{words}"
    if not _is_usable(target):
        folder.mkdir(parents=True, exist_ok=True)
        text, alphabet = folder / f"lm-{words}.txt", folder / "alphabet.txt"
        with put_atomic(text) as stream:
            stream.writelines(_lm_text(words))
        Alphabet(LABELS).write(alphabet)
        request = BuildRequest(
            target, texts=(text,), alphabet=alphabet, top_words=words, rules=TextRules("none")
        )
        build_language_model(request, print)
        text.unlink()
    return LanguageModelPackage.read(target, verify=False)


def _is_usable(target: Path) -> bool:
    """Whether it is there, and its lexicon of the version that is read today."""
    try:
        Lexicon(target / TRIE_NAME)
    except (OSError, ValueError):
        return False
    return (target / JSON_NAME).is_file()


def words_of(package: LanguageModelPackage) -> list[str]:
    """Those of its lexicon."""
    return Lexicon(package.trie).vocabulary()


def _lm_text(words: int) -> Iterable[str]:
    known: Counter[str] = Counter()
    with debian_text(_TEXT).open(encoding="ascii") as lines:
        for line in islice(lines, _HELD_OUT, None):
            known.update(line.split())
            yield line
    if len(known) < words:
        others = (word for word in word_list(_TEXT) if word not in known)
        yield from (f"{word}\n" for word in islice(others, words - len(known)))


def _held_out(part: Part, count: int) -> list[str]:
    with debian_text(_TEXT).open(encoding="ascii") as lines:
        texts = [line.rstrip("\n") for line in islice(lines, _HELD_OUT)]
    fitting = [text for text in texts if _SHORTEST <= text.count(" ") + 1 <= _LONGEST]
    begin, end = (_DEV_BEGINS, _TEST_BEGINS) if part == "dev" else (_TEST_BEGINS, len(fitting))
    if count > end - begin:
        raise ValueError(f"{part} has {end - begin} sentences, not {count}")
    return fitting[begin : begin + count]


def _write_utterances(part: Part, count: int, seed: int, arrays: Path, about: Path) -> None:
    arrays.parent.mkdir(parents=True, exist_ok=True)
    begin = _DEV_BEGINS if part == "dev" else _TEST_BEGINS
    texts = _held_out(part, count)
    made = [simulate(text, (seed, begin + number)) for number, text in enumerate(texts)]
    with put_atomic_bytes(arrays) as stream:
        np.save(stream, np.concatenate([one.log_probs for one in made]))
    clips = [
        {"frames": len(one.log_probs), "text": one.text, "word_starts": one.word_starts.tolist()}
        for one in made
    ]
    with put_atomic(about) as stream_of_text:
        json.dump(clips, stream_of_text)
