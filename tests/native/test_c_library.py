"""The decoder for C: the example of the documents, and every call by ctypes."""

import ctypes as c
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from native.c_library import HEADER, LIBRARY, flags
from native.decoder import Decoder, DecoderOptions, HotPhrases
from tests.native.c_calls import (
    CDecoder,
    CDecoderError,
    Frames,
    HotPhrase,
    Options,
    Spelling,
    compiled,
    expected,
    frames_of,
    run,
    spelling,
    utterances,
)
from tests.native.search_cases import World, decoder_of, make_world, noisy_log_probs


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(2200, tmp_path_factory.mktemp("world"), letters=5, words=12)


# --- The examples ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def example(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(checkout, "decoder_example", tmp_path_factory.mktemp("example"))


def test_the_example_says_what_python_does(example: Path, world: World, tmp_path: Path) -> None:
    sentence = world.sentences[0]
    log_probs = noisy_log_probs(1, sentence, world.labels, noise=0.5).astype(np.float32)
    log_probs = np.roll(log_probs, 1, axis=1)  # the blank first
    log_probs.tofile(tmp_path / "log_probs")
    (tmp_path / "labels").write_text("\n".join(["<pad>", *world.labels]) + "\n")
    decoder = Decoder(world.labels, lexicon=world.trie, language_model=world.binary, blank=0)
    best = decoder.decode(log_probs)[0]
    files = [world.trie, world.binary, tmp_path / "log_probs"]
    done = run(example, tmp_path / "labels", 0, *files)
    assert done.returncode == 0, done.stderr
    lines = [
        best.text,
        *(f"{w.begin_frame} {w.end_frame} {w.confidence:.3f} {w.text}" for w in best.words),
    ]
    assert done.stdout.splitlines() == lines
    stream = decoder.stream()
    so_far = []
    for begin in range(0, len(log_probs), 25):
        stream.feed(log_probs[begin : begin + 25])
        so_far.append(stream.partial()[0].text)
    assert done.stderr.splitlines() == so_far

    done = run(example, tmp_path / "labels", 6, *files)
    assert done.returncode == 1
    assert "the lexicon was built for another alphabet" in done.stderr
    done = run(example, tmp_path / "labels", 0, tmp_path / "absent", "-", files[2])
    assert done.stderr.endswith("absent: No such file or directory\n")


def test_the_header_is_good_for_cplusplus(tmp_path: Path) -> None:
    (tmp_path / "main.cc").write_text(
        '#include "myna_decoder.h"\n'
        "int main() { return myna_decoder_version() == MYNA_DECODER_VERSION ? 0 : 1; }\n"
    )
    program = tmp_path / "main"
    strict = ["-std=c++11", "-pedantic", "-Wall", "-Wextra", "-Werror"]
    command = ["c++", *strict, str(tmp_path / "main.cc"), *flags(), "-o", str(program)]
    subprocess.run(command, check=True)
    assert subprocess.run([program]).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="its operator new is the library's, too")
def test_wherever_memory_ends_it_is_said_and_the_next_utterance_is_as_ever(
    checkout: Path, world: World, tmp_path: Path
) -> None:
    program, source = tmp_path / "no_memory", checkout / "tests" / "native" / "no_memory.cc"
    strict = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["c++", *strict, str(source), *flags(), "-o", str(program)], check=True)
    log_probs = noisy_log_probs(1, world.sentences[0], world.labels, noise=0.5)
    log_probs.astype(np.float32).tofile(tmp_path / "log_probs")
    hot = world.sentences[0].split()[0]
    done = run(program, world.trie, world.binary, tmp_path / "log_probs", hot, *world.labels)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 100  # places at which it failed


def test_the_flags_can_be_asked_for() -> None:
    command = [sys.executable, "-m", "native.c_library"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == flags()


def test_nothing_but_the_header_is_visible() -> None:
    command = ["nm", "-D", "--defined-only", str(LIBRARY)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    functions = {line.split()[2] for line in shown.splitlines() if line.split()[1] == "T"}
    header = HEADER.read_text()
    assert functions == {name for name in functions if f"{name}(" in header}
    assert len(functions) == header.count("\nMYNA_API ")


# --- Each call, by ctypes ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def library() -> CDecoder:
    return CDecoder()


@pytest.fixture
def opened(library: CDecoder, world: World) -> Iterator[Any]:
    """With the blank last."""
    decoder = library.open(
        [*world.labels, None], blank=len(world.labels), parts=(world.trie, world.binary)
    )
    yield decoder
    library.library.myna_decoder_free(decoder)


def test_decoding_gives_what_python_gives(library: CDecoder, world: World, opened: Any) -> None:
    decoder = decoder_of(world, DecoderOptions())
    for log_probs in utterances(world):
        want = expected(decoder.decode(log_probs))
        forms = [log_probs, np.asfortranarray(log_probs), log_probs[::-1].copy()[::-1]]
        for form in forms:
            found = library.call("decode", opened, c.byref(frames_of(form)), None)
            assert library.readings(found, world.labels) == want
        single = log_probs.astype(np.float32)
        found = library.call("decode", opened, c.byref(frames_of(single, plain=True)), None)
        assert library.readings(found, world.labels) == expected(decoder.decode(single))


@pytest.mark.parametrize("threads", [1, 3])
def test_batches_give_what_python_gives(
    library: CDecoder, world: World, opened: Any, threads: int
) -> None:
    arrays = utterances(world)
    batch = (Frames * len(arrays))(*map(frames_of, arrays))
    size = c.c_size_t(len(arrays))
    results = (c.c_void_p * len(arrays))()
    library.call("decode_batch", opened, batch, size, threads, None, results)
    decoder = decoder_of(world, DecoderOptions())
    for array, result in zip(arrays, results, strict=True):
        found = library.readings(c.c_void_p(result), world.labels)
        assert found == expected(decoder.decode(array))

    arrays[4][3, 6] = math.nan
    results[:] = [1] * len(arrays)
    with pytest.raises(CDecoderError, match=r"^log_probs\[4\]: frame 3, the blank: NaN"):
        library.call("decode_batch", opened, batch, size, threads, None, results)
    assert list(results) == [None] * len(arrays)
    assert library.call("decode_batch", opened, None, c.c_size_t(0), threads, None, None) is None


def test_streams_give_what_python_gives(library: CDecoder, world: World, opened: Any) -> None:
    log_probs = utterances(world)[2]
    stream = library.call("stream_open", opened, None)
    python = decoder_of(world, DecoderOptions()).stream()
    for begin in range(0, len(log_probs), 7):
        piece = log_probs[begin : begin + 7]
        assert library.call("stream_feed", stream, c.byref(frames_of(piece))) is None
        python.feed(piece)
        found = library.call("stream_partial", stream, c.c_size_t(2))
        assert library.readings(found, world.labels) == expected(python.partial(2))
    broken = np.full((2, 7), math.nan)
    frame = len(log_probs)
    with pytest.raises(CDecoderError, match=f"^frame {frame}, label .*: NaN"):
        library.call("stream_feed", stream, c.byref(frames_of(broken)))
    kept = library.call("stream_finish", stream)
    with pytest.raises(CDecoderError, match="the stream is finished"):
        library.call("stream_finish", stream)
    library.library.myna_stream_free(stream)
    assert library.readings(kept, world.labels) == expected(python.finish())


def test_hot_phrases_do_what_they_do_in_python(
    library: CDecoder, world: World, opened: Any
) -> None:
    boosts = {" ".join(world.words[:2]): 3.0, world.words[3]: 2.5, "eeeee": 4.0}
    pairs = [HotPhrase(text.encode(), boost) for text, boost in boosts.items()]
    given = (HotPhrase * 3)(*pairs)
    no = (None, c.c_size_t(0))
    hot = library.call("hot_phrases_open", opened, given, c.c_size_t(3), *no)
    decoder = decoder_of(world, DecoderOptions())
    phrases = HotPhrases(decoder, boosts)
    heard = 0
    for log_probs in utterances(world):
        want = decoder.decode(log_probs, hot=phrases)
        heard += any(one.hot_phrases for one in want)
        found = library.call("decode", opened, c.byref(frames_of(log_probs)), hot)
        assert library.readings(found, world.labels) == expected(want)
        stream = library.call("stream_open", opened, hot)
        library.call("stream_feed", stream, c.byref(frames_of(log_probs)))
        found = library.call("stream_finish", stream)
        assert library.readings(found, world.labels) == expected(want)
        library.library.myna_stream_free(stream)
    assert heard
    library.library.myna_hot_phrases_free(hot)
    with pytest.raises(CDecoderError, match=r"^the hot phrase 'eeéee' has 'eeéee', which the"):
        given[0] = HotPhrase("eeéee".encode(), 1.0)
        library.call("hot_phrases_open", opened, given, c.c_size_t(3), *no)


def test_hot_words_can_be_spelled(library: CDecoder, world: World) -> None:
    """With the blank first, and a column between that is never written."""
    columns: list[str | None] = [None, *world.labels[:3], None, *world.labels[3:]]
    opened = library.open(columns, blank=0, parts=(world.trie, world.binary))
    letters = [label for label in world.labels if label != " "]
    ways = [letters[:3], letters[2:5]]
    spelled = [spelling("dr.", [columns.index(label) for label in way]) for way in ways]
    one = (HotPhrase * 1)(HotPhrase(b"dr.", 5.0))
    two = (Spelling * 2)(*spelled)
    size = c.c_size_t(1)
    hot = library.call("hot_phrases_open", opened, one, size, two, c.c_size_t(2))
    decoder = Decoder(columns[1:], lexicon=world.trie, language_model=world.binary, blank=0)
    phrases = HotPhrases(decoder, {"dr.": 5.0}, spellings={"dr.": ways})
    for seed, way in enumerate(ways):
        written = noisy_log_probs(seed, "".join(way), world.labels, noise=0.2)
        log_probs = np.full((len(written), len(columns)), -30.0)
        log_probs[:, [1, 2, 3, *range(5, len(columns)), 0]] = written
        want = decoder.decode(log_probs, hot=phrases)
        assert want[0].text == "dr."
        found = library.call("decode", opened, c.byref(frames_of(log_probs)), hot)
        assert library.readings(found, columns) == expected(want)
    library.library.myna_hot_phrases_free(hot)

    def refused(given: Spelling, message: str) -> None:
        array = (Spelling * 2)(spelling("dr.", [1]), given)
        with pytest.raises(CDecoderError, match=message):
            library.call("hot_phrases_open", opened, one, size, array, c.c_size_t(2))

    for column in (0, 4, len(columns)):  # the blank, what is never written, and what is no column
        message = f"^the spelling of 'dr.' has the column {column}, which is no label$"
        refused(spelling("dr.", [column]), message)
    refused(spelling("mr.", [1]), "^the spelling of 'mr.' is for no word of the hot phrases")
    refused(spelling("dr.", []), "^the spelling of 'dr.' is empty$")
    refused(Spelling(None, None, 0), "^the text of a spelling is NULL$")
    refused(Spelling(b"dr.", None, 1), "^the columns of a spelling is NULL$")
    with pytest.raises(CDecoderError, match=r"^spellings is NULL$"):
        library.call("hot_phrases_open", opened, one, size, None, size)
    library.library.myna_decoder_free(opened)


def test_streams_may_stay_longer_than_their_decoder(library: CDecoder) -> None:
    decoder = library.open(["a", None], blank=1)
    stream = library.call("stream_open", decoder, None)
    library.library.myna_decoder_free(decoder)
    array = np.log([[0.9, 0.1]])
    library.call("stream_feed", stream, c.byref(frames_of(array)))
    found = library.call("stream_finish", stream)
    library.library.myna_stream_free(stream)
    assert library.readings(found, ["a"])[0][0] == "a"


def test_columns_options_and_logits(library: CDecoder, world: World) -> None:
    labels: list[str | None] = [None, *world.labels]
    options = Options()
    library.library.myna_default_options(c.byref(options))
    usual = DecoderOptions()
    for name, _ in Options._fields_:
        value = getattr(usual, name)
        assert getattr(options, name) == (math.inf if value is None else value)
    options.beam_size, options.alpha, options.hypotheses = 7, 0.5, 3
    columns = [*labels[:3], "the blank", *labels[3:]]
    parts = (world.trie, world.binary)
    opened = library.open(columns, blank=3, scale=1, parts=parts, options=options)
    decoder = Decoder(
        labels,
        lexicon=world.trie,
        language_model=world.binary,
        options=DecoderOptions(beam_size=7, alpha=0.5, hypotheses=3),
        blank=3,
        scale="logits",
    )
    logits = np.random.default_rng(5).normal(scale=4, size=(40, len(columns)))
    found = library.call("decode", opened, c.byref(frames_of(logits)), None)
    assert library.readings(found, columns) == expected(decoder.decode(logits))
    library.library.myna_decoder_free(opened)


def test_mistakes_are_told(library: CDecoder, world: World, opened: Any) -> None:
    with pytest.raises(CDecoderError, match=r"^the blank is no column: 2; columns\.count is 2$"):
        library.open(["a", None], blank=2)
    with pytest.raises(CDecoderError, match=r"^scale is neither MYNA_LOG_PROBS nor MYNA_LOGITS$"):
        library.open(["a", None], blank=1, scale=2)
    with pytest.raises(CDecoderError, match="label 'a' is there twice"):
        library.open(["a", "a", None], blank=2)
    with pytest.raises(CDecoderError, match="a language model of words needs a lexicon"):
        library.open(["a", None], blank=1, parts=(None, world.binary))
    message = r"^cannot open the language model: absent: No such file or directory$"
    with pytest.raises(CDecoderError, match=message):
        library.open(["a", None], blank=1, parts=(world.trie, Path("absent")))
    with pytest.raises(CDecoderError, match=r"^cannot open the lexicon: absent: No such file"):
        library.open(["a", None], blank=1, parts=(Path("absent"), world.binary))
    with pytest.raises(CDecoderError, match=r"^/: a folder, not the lexicon$"):
        library.open(["a", None], blank=1, parts=(Path("/"), world.binary))
    with pytest.raises(CDecoderError, match=r"^beam_size must be a whole number from 1 to 1000000"):
        library.open(["a", None], blank=1, options=Options())
    with pytest.raises(CDecoderError, match=r"^columns is NULL$"):
        library.call("decoder_open", None, None, None, None)
    for name in ("stream_partial", "stream_finish", "stream_feed", "stream_open", "decode"):
        arguments = {"stream_finish": 1, "decode": 3}.get(name, 2)
        with pytest.raises(CDecoderError, match=r"^(stream|decoder) is NULL$"):
            library.call(name, *[None] * arguments)
    with pytest.raises(CDecoderError, match=r"^frames is NULL$"):
        library.call("decode", opened, None, None)
    with pytest.raises(CDecoderError, match=r"^frames\.data is NULL$"):
        library.call("decode", opened, c.byref(Frames(None, 0, 3, 0, 0)), None)
    assert library.library.myna_decode(None, None, None, None) is None
    for kind in ("decoder", "stream", "hypotheses", "hot_phrases"):
        getattr(library.library, f"myna_{kind}_free")(None)
    library.library.myna_free_error(None)
    assert library.library.myna_hypotheses_count(None) == 0
    assert library.library.myna_decoder_version() == 3
