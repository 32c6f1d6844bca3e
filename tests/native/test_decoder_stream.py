import random
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from native.decoder import Decoder, DecoderOptions
from native.lexicon import build_lexicon
from tests.native.kenlm_models import estimate_model, with_nan
from tests.native.other_threads import turns_while
from tests.native.search_cases import (
    World,
    decoder_of,
    make_world,
    noisy_log_probs,
    random_log_probs,
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(2000, tmp_path_factory.mktemp("world"), letters=5, words=12)


@pytest.fixture(scope="module")
def decoders(world: World) -> list[Decoder]:
    """With all, without a language model, without a lexicon."""
    options = DecoderOptions(beam_size=20)
    return [
        decoder_of(world, options),
        decoder_of(world, options, with_model=False),
        Decoder(world.labels, options=options),
    ]


def utterance(world: World, seed: int) -> NDArray[np.float64]:
    if seed % 2:
        return random_log_probs(seed, seed % 40, 7)
    sentence = random.Random(seed).choice(world.sentences)
    return noisy_log_probs(seed, sentence, world.labels, noise=0.5)


@given(
    st.integers(0, 10_000), st.lists(st.integers(0, 9), max_size=60), st.sets(st.integers(0, 60))
)
@settings(deadline=None, max_examples=60)
def test_any_pieces_give_what_one_call_gives(
    world: World, decoders: list[Decoder], seed: int, sizes: list[int], asked: set[int]
) -> None:
    """Bit for bit, also when partial results are asked for on the way."""
    log_probs = utterance(world, seed)
    for decoder in decoders:
        stream = decoder.stream()
        for place, size in enumerate(sizes):
            begin = stream.frames
            stream.feed(log_probs[begin : begin + size])
            if place in asked:
                assert stream.partial(10) == decoder.decode(log_probs[: stream.frames])
        stream.feed(log_probs[stream.frames :])
        assert stream.frames == len(log_probs)
        assert stream.finish() == decoder.decode(log_probs)


def test_partial_results_are_as_many_as_asked_for(world: World, decoders: list[Decoder]) -> None:
    log_probs = random_log_probs(1, 12, 7)
    stream = decoders[0].stream()
    stream.feed(log_probs)
    best = decoders[0].decode(log_probs)
    assert len(best) > 3
    assert stream.partial() == best[:1]
    assert stream.partial(3) == best[:3]
    with pytest.raises(ValueError, match="hypotheses must be at least 1, not 0"):
        stream.partial(0)
    with pytest.raises(TypeError, match=r"hypotheses must be a whole number, not 2\.5"):
        stream.partial(2.5)  # type: ignore[arg-type]
    assert stream.partial(10**30)[:3] == best[:3]


def test_streams_of_one_decoder_do_not_disturb_each_other(
    world: World, decoders: list[Decoder]
) -> None:
    texts = [utterance(world, seed) for seed in (2, 4, 6)]
    streams = [decoders[0].stream() for _ in texts]
    for frame in range(max(map(len, texts))):
        for stream, log_probs in zip(streams, texts, strict=True):
            stream.feed(log_probs[frame : frame + 1])
    for stream, log_probs in zip(streams, texts, strict=True):
        assert stream.finish() == decoders[0].decode(log_probs)


def test_a_stream_keeps_what_it_needs(world: World) -> None:
    log_probs = utterance(world, 2)
    stream = decoder_of(world, DecoderOptions()).stream()  # nobody else has the decoder
    stream.feed(log_probs)
    assert stream.finish() == decoder_of(world, DecoderOptions()).decode(log_probs)


def test_a_finished_stream_says_so(decoders: list[Decoder]) -> None:
    stream = decoders[0].stream()
    assert [h.text for h in stream.finish()] == [""]
    for call in (stream.finish, stream.partial, lambda: stream.feed(np.zeros((0, 7)))):
        with pytest.raises(ValueError, match="the stream is finished: begin another one"):
            call()
    assert stream.frames == 0


def test_frames_that_are_refused_change_nothing(world: World, decoders: list[Decoder]) -> None:
    """The frame is named by its place in the utterance."""
    log_probs = utterance(world, 4)
    for decoder in decoders:
        stream = decoder.stream()
        stream.feed(log_probs[:7])
        broken = log_probs[7:].copy()
        broken[3, 6] = np.nan
        with pytest.raises(ValueError, match="frame 10, the blank: NaN in the log-probabilities"):
            stream.feed(broken)
        broken[3, 6] = 2.0
        with pytest.raises(ValueError, match="frame 10, the blank: 2 is no log-probability"):
            stream.feed(broken)
        with pytest.raises(ValueError, match=r"shape \(2, 6\); it must be \[frames, 7\]"):
            stream.feed(log_probs[:2, :6])
        with pytest.raises(TypeError, match="must be a NumPy array, not list"):
            stream.feed([[0.0] * 7])  # type: ignore[arg-type]
        assert stream.frames == 7
        stream.feed(log_probs[7:])
        assert stream.finish() == decoder.decode(log_probs)


def test_a_model_that_is_damaged_ends_the_stream(world: World, tmp_path: Path) -> None:
    labels = [" ", "a", "b"]
    whole = estimate_model(
        ["a b a", "a a b", "b a", "a a a"], tmp_path / "lm", order=2, binary=["probing"]
    )
    build_lexicon(["a", "b"], labels, whole, tmp_path / "trie")
    broken = with_nan(whole, "a b", tmp_path / "broken")
    stream = Decoder(labels, lexicon=tmp_path / "trie", language_model=broken).stream()
    with pytest.raises(RuntimeError, match="the language model is damaged"):
        stream.feed(random_log_probs(1, 20, 4))
    with pytest.raises(ValueError, match="the stream ended by an error: begin another one"):
        stream.partial()


def test_threads_may_share_a_stream(decoders: list[Decoder]) -> None:
    """Frames that are all alike: their order does not matter, that none is lost does."""
    frame = random_log_probs(3, 1, 7)
    stream = decoders[0].stream()

    def feed() -> None:
        for _ in range(50):
            stream.feed(frame)
            stream.partial()

    threads = [threading.Thread(target=feed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stream.frames == 200
    assert stream.finish() == decoders[0].decode(frame.repeat(200, axis=0))


def test_other_threads_run_while_a_stream_is_fed(world: World) -> None:
    options = DecoderOptions(beam_size=300, beam_threshold=100.0, merge_histories=False)
    stream = decoder_of(world, options).stream()
    log_probs = random_log_probs(5, 4000, 7)
    assert turns_while(lambda: stream.feed(log_probs)) > 5
    assert stream.frames == 4000
