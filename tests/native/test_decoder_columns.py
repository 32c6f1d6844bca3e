"""Outputs of models of all kinds: where the blank is, what is never written, logits, layouts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from native.decoder import Decoder, DecoderOptions, greedy
from native.output_columns import OutputColumns
from tests.native.search_cases import World, decoder_of, make_world, noisy_log_probs


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(2100, tmp_path_factory.mktemp("world"), letters=5, words=12)


def log_softmax(logits: NDArray[Any]) -> NDArray[np.float64]:
    logits = logits.astype(np.float64)
    peak = logits.max(axis=-1, keepdims=True)
    return np.asarray(logits - peak - np.log(np.exp(logits - peak).sum(axis=-1, keepdims=True)))


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_the_order_of_columns_and_those_never_written_change_nothing(
    world: World, data: st.DataObject
) -> None:
    seed = data.draw(st.integers(0, 1000))
    usual = noisy_log_probs(seed, world.sentences[seed % 30], world.labels, noise=0.5)
    labels: list[str | None] = list(world.labels)
    others = usual[:, :-1]
    for place in sorted(data.draw(st.lists(st.integers(0, 6), max_size=4))):
        labels.insert(place, None)  # certain, were it not forbidden
        others = np.insert(others, place, 0.0, axis=1)
    blank = data.draw(st.integers(-len(labels) - 1, len(labels)))
    log_probs = np.insert(others, blank % (len(labels) + 1), usual[:, -1], axis=1)
    options = DecoderOptions(beam_size=30)
    decoder = Decoder(
        labels, lexicon=world.trie, language_model=world.binary, options=options, blank=blank
    )
    expected = decoder_of(world, options).decode(usual)
    assert decoder.decode(log_probs) == expected
    assert decoder.decode(np.asfortranarray(log_probs)) == expected
    assert greedy(log_probs, labels, blank=blank) == greedy(usual, world.labels)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_logits_are_what_their_log_softmax_is(world: World, kind: type[np.floating]) -> None:
    labels = [None, *world.labels]
    source = np.random.default_rng(1)
    options = DecoderOptions(beam_size=30)
    parts: Any = {"lexicon": world.trie, "language_model": world.binary, "options": options}
    decoder = Decoder(labels, scale="logits", **parts)
    for seed in range(20):
        sentence = world.sentences[seed]
        usual = noisy_log_probs(seed, sentence, world.labels, noise=0.5)
        offsets = source.normal(scale=30, size=(len(usual), 1))
        logits = np.concatenate([np.full((len(usual), 1), -3.0), usual], axis=1) + offsets
        logits = logits.astype(kind)
        expected = Decoder(labels, **parts).decode(log_softmax(logits))
        found = decoder.decode(logits)
        assert [h.text for h in found] == [h.text for h in expected]
        assert [h.total for h in found] == pytest.approx([h.total for h in expected], abs=1e-4)


def test_numbers_that_are_no_logits_are_named(world: World) -> None:
    decoder = Decoder([None, *world.labels], scale="logits", blank=3)
    c = world.labels.index("c") + 1
    for value, word in ((np.nan, "NaN"), (np.inf, "infinity")):
        places = [(3, "the blank"), (0, "column 0"), (c + (c >= 3), "label 'c'")]
        for column, name in places:
            logits = np.zeros((4, 8), np.float32)
            logits[2, column] = value
            for call in (decoder.decode, decoder.stream().feed):
                with pytest.raises(ValueError, match=f"^frame 2, {name}: {word} in the logits"):
                    call(logits)
            with pytest.raises(ValueError, match=rf"^log_probs\[1\]: frame 2, {name}: {word}"):
                decoder.decode_batch([logits[:2], logits], 2)
    logits = np.full((4, 8), -np.inf)
    with pytest.raises(ValueError, match=r"^frame 0: all logits are -inf"):
        decoder.decode(logits)
    logits[:, 5] = 1e300
    assert decoder.decode(logits)


def test_what_is_never_written_may_be_anything_but_in_logits(world: World) -> None:
    log_probs = np.full((3, 8), -2.0)
    log_probs[:, 0] = [np.nan, np.inf, 5.0]
    assert Decoder([None, *world.labels]).decode(log_probs)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"blank": 7}, ValueError, "blank is 7: there are 7 columns, 0 to 6"),
        ({"blank": -8}, ValueError, "blank is -8: there are 7 columns"),
        ({"scale": "probs"}, ValueError, "scale must be 'log_probs' or 'logits', not 'probs'"),
        ({"labels": [None, None]}, ValueError, "there are no labels"),
        ({"labels": []}, ValueError, "there are no labels"),
        ({"labels": ["a", None, "a"]}, ValueError, "label 'a' is there twice"),
        ({"labels": "abc"}, TypeError, "labels is a string"),
        (
            {"labels": None},
            TypeError,
            "labels must be a list of strings in their order, not NoneType",
        ),
        (
            {"labels": {"b": 1, "a": 0}},
            TypeError,
            "labels must be a list of strings in their order, not dict",
        ),
        (
            {"labels": {"a"}},
            TypeError,
            "labels must be a list of strings in their order, not set",
        ),
        ({"labels": [b"a"]}, TypeError, "a label must be a string, not b'a'"),
        ({"labels": ["a", 7]}, TypeError, "a label must be a string, not 7"),
        ({"blank": "<pad>"}, TypeError, "blank must be the number of a column, not '<pad>'"),
        ({"blank": 1.0}, TypeError, r"blank must be the number of a column, not 1\.0"),
        ({"options": {"alpha": 1}}, TypeError, "options must be DecoderOptions, not dict"),
    ],
    ids=str,
)
def test_columns_that_make_no_sense_are_refused(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Decoder(**{"labels": list("abcdef"), **arguments})


def test_labels_are_those_that_can_be_written() -> None:
    columns = OutputColumns([None, "a", None, "b"], blank=1)
    assert columns.labels == ("a", "b")
    assert columns.places == [2, 4, 1]
    assert columns.count == 5


# --- Batches -----------------------------------------------------------------------------------


def padded(arrays: list[NDArray[Any]], filling: float) -> NDArray[Any]:
    batch = np.full((len(arrays), max(map(len, arrays)), arrays[0].shape[1]), filling)
    for place, array in enumerate(arrays):
        batch[place, : len(array)] = array
    return batch


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_a_padded_batch_gives_what_its_utterances_do(world: World, threads: int) -> None:
    decoder = decoder_of(world, DecoderOptions(beam_size=30))
    arrays = [
        noisy_log_probs(seed, sentence, world.labels, noise=0.5)
        for seed, sentence in enumerate(world.sentences[:9])
    ]
    arrays.append(arrays[0][:0])
    expected = [decoder.decode(array) for array in arrays]
    batch = padded(arrays, np.nan)  # never looked at
    lengths = [len(array) for array in arrays]
    assert decoder.decode_batch(batch, threads, lengths=lengths) == expected
    assert decoder.decode_batch(batch, threads, lengths=np.array(lengths)) == expected
    columns_first = np.ascontiguousarray(batch.transpose(2, 1, 0)).transpose(2, 1, 0)
    assert decoder.decode_batch(columns_first, threads, lengths=lengths) == expected
    single = batch.astype(np.float32)
    swapped = decoder.decode_batch(batch.astype(">f4"), threads, lengths=lengths)
    assert swapped == decoder.decode_batch(single, threads, lengths=lengths)


def test_without_lengths_all_frames_are_the_utterance(world: World) -> None:
    decoder = decoder_of(world, DecoderOptions())
    batch = np.stack([np.full((5, 7), -2.0), np.log(np.full((5, 7), 1 / 7))])
    assert decoder.decode_batch(batch, 1) == [decoder.decode(one) for one in batch]
    assert decoder.decode_batch(batch[:0], 1) == []


@pytest.mark.parametrize(
    ("shape", "lengths", "error", "message"),
    [
        ((2, 5, 7), [5], ValueError, "there are 1 lengths for 2 utterances"),
        ((2, 5, 7), [5, 6], ValueError, r"lengths\[1\] is 6; an utterance has 0 to 5 frames"),
        ((2, 5, 7), [-1, 5], ValueError, r"lengths\[0\] is -1"),
        (
            (2, 5, 7),
            [5, 1.5],
            TypeError,
            r"lengths\[1\] must be a whole number of frames, not 1\.5",
        ),
        ((2, 5, 7), 5, TypeError, "lengths must be a list, a number of frames an utterance, not 5"),
        ((2, 5, 6), None, ValueError, r"log_probs\[0\] has the shape \(5, 6\)"),
        ((5, 7), None, ValueError, r"a batch must be a list of arrays or \[utterances, frames"),
    ],
    ids=str,
)
def test_batches_that_make_no_sense_are_refused(
    world: World, shape: tuple[int, ...], lengths: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Decoder(world.labels).decode_batch(np.full(shape, -2.0), 1, lengths=lengths)


@pytest.mark.parametrize(
    ("threads", "error", "message"),
    [
        (0, ValueError, "threads must be at least 1, not 0"),
        (2.0, TypeError, r"threads must be a whole number, not 2\.0"),
        (None, TypeError, "threads must be a whole number, not None"),
    ],
)
def test_threads_that_make_no_sense_are_refused(
    world: World, threads: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Decoder(world.labels).decode_batch([], threads)


def test_any_number_of_threads_will_do(world: World) -> None:
    batch = [np.full((3, 7), -2.0)] * 2
    decoder = Decoder(world.labels)
    assert decoder.decode_batch(batch, 10**12) == decoder.decode_batch(batch, 1)


@pytest.mark.parametrize("batch", [None, "log_probs", 7])
def test_what_is_no_batch_is_refused(world: World, batch: Any) -> None:
    with pytest.raises(TypeError, match="a batch must be a list of arrays, not "):
        Decoder(world.labels).decode_batch(batch, 1)


def test_lists_have_no_lengths(world: World) -> None:
    with pytest.raises(ValueError, match="lengths are for a padded array"):
        Decoder(world.labels).decode_batch([np.zeros((1, 7))], 1, lengths=[1])


def test_an_utterance_of_a_padded_batch_is_named(world: World) -> None:
    batch = np.full((3, 5, 7), -2.0)
    batch[2, 4, 0] = np.nan
    lengths = [5, 5, 4]
    decoder = Decoder(world.labels)
    assert len(decoder.decode_batch(batch, 1, lengths=lengths)) == 3
    with pytest.raises(ValueError, match=r"^log_probs\[2\]: frame 4, label .*: NaN in the log"):
        decoder.decode_batch(batch, 2, lengths=[0, 1, 5])


def test_large_inputs_are_not_copied(tmp_path: Path) -> None:
    """Ten hours of 1,024 columns, mapped from a file with a hole: nothing of 7 GB is in memory but
    the frames that are decoded."""
    path = tmp_path / "hole"
    with path.open("wb") as file:
        file.truncate(1_800_000 * 1024 * 4)
    log_probs = np.memmap(path, np.float32, "r", shape=(1_800_000, 1024))
    decoder = Decoder([chr(0x4E00 + n) for n in range(1023)], options=DecoderOptions(beam_size=1))
    before = resident()
    assert len(decoder.decode(log_probs[::20_000, ::-1])) == 1
    batch = log_probs.reshape(100, 18_000, 1024)
    found = decoder.decode_batch(batch, 2, lengths=[1] * 100)
    assert all(len(hypotheses) == 1 for hypotheses in found)
    assert resident() - before < 50


def resident() -> float:
    """Megabytes, without pages of files."""
    status = Path("/proc/self/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("RssAnon")]
    return int(line.split()[1]) / 1024
