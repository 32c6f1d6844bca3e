"""The alignment for C: its example, and what Python gives."""

import ctypes as c
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from native.alignment import Alignment, align
from tests.native.c_calls import (
    CDecoder,
    CDecoderError,
    Columns,
    Spelling,
    c_align,
    compiled,
    frames_of,
    run,
    spelling,
    utterances,
)
from tests.native.search_cases import World, make_world, noisy_log_probs


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(2200, tmp_path_factory.mktemp("world"), letters=5, words=12)


@pytest.fixture(scope="module")
def library() -> CDecoder:
    return CDecoder()


def test_the_example_of_alignment_says_what_python_does(
    checkout: Path, world: World, tmp_path: Path
) -> None:
    sentence = world.sentences[0]
    log_probs = noisy_log_probs(1, sentence, world.labels, noise=0.5).astype(np.float32)
    log_probs.tofile(tmp_path / "log_probs")
    program = compiled(checkout, "alignment_example", tmp_path)
    letters, blank = "".join([*world.labels, "-"]), len(world.labels)
    done = run(program, letters, blank, tmp_path / "log_probs", *sentence.split())
    words = align(log_probs, sentence, world.labels).words
    assert done.stdout.splitlines() == [
        f"{w.begin_frame} {w.end_frame} {w.score:.3f} {w.text}" for w in words
    ]
    done = run(program, letters, blank, tmp_path / "log_probs", "xyz")
    assert done.returncode == 1
    told = (
        "the labels cannot spell 'xyz': no label fits at 'x'. Write it as they do, or leave it out"
    )
    assert done.stderr.endswith(f": {told}\n")


def as_rows(alignment: Alignment) -> Any:
    spans = (
        [(s.text, s.begin_frame, s.end_frame, s.score) for s in some]
        for some in (alignment.words, alignment.labels)
    )
    return alignment.log_prob, *spans


def test_alignments_are_those_of_python(library: CDecoder, world: World) -> None:
    labels = [*world.labels, "the blank"]
    texts = (c.c_char_p * len(labels))(*[label.encode() for label in labels])
    columns = Columns(texts, len(labels), len(labels) - 1, 0)
    for sentence, log_probs in zip(world.sentences, utterances(world), strict=False):
        want = align(log_probs, sentence, world.labels)
        words = [Spelling(word.encode(), None, 0) for word in sentence.split()]
        assert c_align(library, columns, log_probs, words) == as_rows(want)

        letters = [list(word) for word in sentence.split()]
        numbered = [
            spelling(str(place), [labels.index(letter) for letter in word])
            for place, word in enumerate(letters)
        ]
        pairs = [(str(place), word) for place, word in enumerate(letters)]
        want = align(log_probs, pairs, world.labels, separator=None)
        assert c_align(library, columns, log_probs, numbered, None) == as_rows(want)
        logits = log_probs.astype(np.float32) * 2
        logits[np.isneginf(logits)] = -50
        want = align(logits, pairs, world.labels, separator=None, scale="logits")
        of_logits = Columns(texts, len(labels), len(labels) - 1, 1)
        assert c_align(library, of_logits, logits, numbered, None) == as_rows(want)

    def refused(words: Sequence[Spelling], message: str, separator: str = " ") -> None:
        with pytest.raises(CDecoderError, match=message):
            c_align(library, columns, log_probs, words, separator)

    word = Spelling(world.words[0].encode(), None, 0)
    refused([Spelling(b"xyz", None, 0)], "^the labels cannot spell 'xyz'")
    refused(
        [spelling("a", [len(labels) - 1])], r"^the spelling of 'a' has the column \d+, which is"
    )
    refused([spelling("a", [])], "^the spelling of 'a' is empty$")
    refused([word, word], "^the separator '|' is no label: say which label parts words", "|")
    refused([word] * 1000, "^the text cannot be aligned: it needs")
    with pytest.raises(CDecoderError, match=r"^words is NULL$"):
        library.call(
            "align", c.byref(columns), c.byref(frames_of(log_probs)), None, c.c_size_t(1), None
        )
    with pytest.raises(CDecoderError, match=r"^columns is NULL$"):
        library.call("align", None, None, None, c.c_size_t(0), None)
    library.library.myna_alignment_free(None)
