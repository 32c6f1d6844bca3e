"""Features: equal to TensorFlow's on real clips, to the numpy oracle on everything else."""

import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from native import _native
from native.features import (
    DEEPSPEECH,
    LEVEL,
    PRESETS,
    FeatureSpec,
    Samples,
    features,
    features_batch,
    frames_of,
)
from native.reference.mfcc import mfcc_reference

Whole = NDArray[np.int16]


def oracle(samples: Samples, spec: FeatureSpec) -> NDArray[np.float64]:
    return mfcc_reference(
        samples,
        sample_rate=spec.sample_rate,
        window=spec.window,
        step=spec.step,
        filters=spec.filters,
        low_hz=spec.low_hz,
        high_hz=spec.high_hz,
        coefficients=spec.coefficients,
        kind=spec.kind,
    )


def noise(count: int, seed: int = 0) -> NDArray[np.float32]:
    return (0.1 * np.random.default_rng(seed).standard_normal(count)).astype(np.float32)


@pytest.fixture(scope="module")
def clips(test_data: Path) -> list[Whole]:
    """Twenty clips of LibriSpeech, four of each of its five speakers here."""
    paths = sorted((test_data / "LibriSpeech").rglob("*.flac"))
    return [np.asarray(soundfile.read(str(p), dtype="int16")[0], np.int16) for p in paths[::3]]


# Equal to TensorFlow's ---------------------------------------------------------------------------


def by_tensorflow(samples: Whole) -> NDArray[np.float32]:
    """DeepSpeech's own calls: samples_to_mfccs in training/deepspeech_training/util/feeding.py."""
    import tensorflow as tf

    spectrogram = tf.raw_ops.AudioSpectrogram(
        input=(samples / np.float32(32768)).astype(np.float32)[:, None],
        window_size=512,
        stride=320,
        magnitude_squared=True,
    )
    mfcc = tf.raw_ops.Mfcc(
        spectrogram=spectrogram,
        sample_rate=16000,
        upper_frequency_limit=8000,
        dct_coefficient_count=26,
    )
    values: NDArray[np.float32] = mfcc.numpy()[0]
    return values


def test_equal_to_tensorflow_on_real_clips(clips: list[Whole]) -> None:
    assert len(clips) == 17
    for clip in clips:
        ours = features(clip)
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, by_tensorflow(clip), rtol=0, atol=1e-3)


@pytest.mark.parametrize("kind", ["silence", "one step", "full scale", "a tone", "8 kHz"])
def test_equal_to_tensorflow_on_extremes(kind: str) -> None:
    count = np.arange(5000)
    samples = {
        "silence": np.zeros(5000),
        "one step": (count % 2000 == 0).astype(float),
        "full scale": np.where(count // 7 % 2, 32767, -32768),
        "a tone": np.rint(32767 * np.sin(2 * np.pi * 0.05 * count)),
        "8 kHz": np.where(count % 2, 32767, -32767),
    }[kind].astype(np.int16)
    expected = by_tensorflow(samples)
    assert expected.shape == (15, 26)
    np.testing.assert_allclose(features(samples), expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("count", [1, 511, 512, 513, 831, 832, 833, 1151, 1152])
def test_equal_to_tensorflow_around_the_edges_of_windows(clips: list[Whole], count: int) -> None:
    samples = clips[0][8000 : 8000 + count]
    ours, expected = features(samples), by_tensorflow(samples)
    assert ours.shape == expected.shape
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-3)


# Equal to the oracle -----------------------------------------------------------------------------


def test_equal_to_the_oracle_on_real_clips(clips: list[Whole]) -> None:
    for clip in clips:
        np.testing.assert_allclose(features(clip), oracle(clip, DEEPSPEECH), rtol=0, atol=5e-5)


@pytest.mark.parametrize("count", [*range(6), 511, 512, 513, 831, 832, 833, 1151, 1152, 1472, 2112])
def test_lengths_around_the_edges_of_windows(count: int) -> None:
    samples = noise(count)
    ours = features(samples)
    assert ours.shape == (frames_of(count), 26)
    np.testing.assert_allclose(ours, oracle(samples, DEEPSPEECH), rtol=0, atol=5e-5)


@pytest.mark.parametrize(
    ("samples", "frames"), [(0, 0), (511, 0), (512, 1), (831, 1), (832, 2), (16000, 49)]
)
def test_frames_of(samples: int, frames: int) -> None:
    assert frames_of(samples) == frames


specs = st.builds(
    FeatureSpec,
    sample_rate=st.sampled_from([8000, 16000, 22050]),
    window=st.integers(2, 700),
    step=st.integers(1, 400),
    filters=st.integers(26, 80),
    low_hz=st.floats(0, 500),
    high_hz=st.floats(1000, 4000),
    coefficients=st.integers(1, 26),
)


@settings(max_examples=60, deadline=None)
@given(specs, st.integers(0, 3000), st.booleans(), st.integers(0, 2**32 - 1))
def test_every_spec_equals_the_oracle(
    spec: FeatureSpec, count: int, whole: bool, seed: int
) -> None:
    samples = noise(count, seed)
    given = (samples * 32767).astype(np.int16) if whole else samples
    ours, expected = features(given, spec), oracle(given, spec)
    assert ours.shape == expected.shape == (frames_of(count, spec), spec.coefficients)
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-3)


def test_silence_is_the_floor_of_every_filter() -> None:
    row = features(np.zeros(512, np.int16))[0]
    assert row[0] == pytest.approx(np.sqrt(2 / 40) * 40 * np.log(1e-12), abs=1e-4)
    assert np.abs(row[1:]).max() < 1e-9


def test_whole_samples_are_32768ths(clips: list[Whole]) -> None:
    real = (clips[0] / np.float32(32768)).astype(np.float32)
    assert np.array_equal(features(clips[0]), features(real))


def test_a_view_with_gaps_is_what_its_copy_is() -> None:
    samples = noise(4000)
    assert np.array_equal(features(samples[::2]), features(samples[::2].copy()))
    assert np.array_equal(features(samples[::-1]), features(samples[::-1].copy()))


@pytest.mark.parametrize("dtype", [np.float32, np.int16])
def test_samples_at_an_odd_address_are_copied(dtype: type[np.float32 | np.int16]) -> None:
    samples: Any = (noise(3000) * 32767).astype(dtype)
    odd: Any = np.frombuffer(b"\0" + samples.tobytes(), dtype, offset=1)
    assert not odd.flags.aligned
    assert np.array_equal(features(odd), features(samples))
    compiled = _native.FeatureExtractor(16000, 512, 320, 40, 20.0, 8000.0, 26, "mfcc")
    with pytest.raises(ValueError, match="samples have gaps or are not aligned"):
        compiled.extract([odd], 1)


# Many clips --------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2, 7, 100])
def test_a_batch_is_its_clips(clips: list[Whole], threads: int) -> None:
    mixed: list[Samples] = [*clips, noise(100), noise(9000), np.zeros(0, np.int16)]
    for one, whole in zip(mixed, features_batch(mixed, threads=threads), strict=True):
        assert np.array_equal(features(one), whole)
    assert features_batch([], threads=threads) == []


def test_the_gil_is_released(clips: list[Whole]) -> None:
    # Another thread looks at the clock while the features of some minutes are made.
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.wait(0.001):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)
    minutes = np.concatenate(clips * 10)
    thread.start()
    begin = time.monotonic()
    features(minutes)
    end = time.monotonic()
    done.set()
    thread.join()
    # The interpreter's own switch, before the call, comes within 5 ms.
    assert len([moment for moment in ticks if begin + 0.03 < moment < end]) >= 3


def test_a_signal_ends_a_batch() -> None:
    """Hours of work: 65536 samples a frame, 60 times a second."""

    class AlarmError(Exception):
        pass

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise AlarmError

    spec = FeatureSpec(window=1 << 16, step=256, filters=1, coefficients=1)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(AlarmError):
            features_batch([noise(1 << 18)] * 20_000, spec, threads=2)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# Mistakes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "int32", "uint8", "int64", "float16", ">i2", ">f4"])
def test_other_dtypes_are_refused(dtype: str) -> None:
    name = np.dtype(dtype)
    with pytest.raises(TypeError) as raised:
        features(np.zeros(600, dtype))
    assert str(raised.value) == f"samples must be float32 (-1 to 1) or int16, not {name}"


def test_what_is_no_array_is_refused() -> None:
    with pytest.raises(TypeError, match=r"samples must be a numpy array, not list"):
        features([0.0] * 600)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(), (600, 1), (2, 600)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^samples must have one dimension, not the shape \("):
        features(np.zeros(shape, np.float32))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    samples = noise(5000)
    samples[3000] = value
    with pytest.raises(ValueError, match=r"^samples hold a value that is infinite or not a numb"):
        features(samples)
    with pytest.raises(ValueError, match=r"^samples hold a value that is infinite or not a numb"):
        features_batch([noise(3000), samples, noise(3000)], threads=2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sample_rate": 0}, "sample_rate must be more than 0 Hz"),
        ({"window": 1}, "window must be 2 to 1048576 samples"),
        ({"step": 0}, "step must be at least 1 sample"),
        ({"filters": 0}, "filters must be 1 to 1024"),
        (
            {"high_hz": 8001.0},
            "low_hz and high_hz must be in order, from 0 to half the sample rate",
        ),
        ({"low_hz": -1.0}, "low_hz and high_hz must be in order, from 0 to half the sample rate"),
        ({"low_hz": 9000.0}, "low_hz and high_hz must be in order, from 0 to half the sample rate"),
        (
            {"low_hz": float("nan")},
            "low_hz and high_hz must be in order, from 0 to half the sample rate",
        ),
        ({"coefficients": 41}, "coefficients must be 1 to the number of filters"),
    ],
)
def test_specs_that_contradict_themselves(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError) as raised:
        features(noise(600), FeatureSpec(**wrong))  # type: ignore[arg-type]
    assert str(raised.value) == message


def test_threads_and_counts_are_checked() -> None:
    with pytest.raises(ValueError, match="threads must be at least 1, not 0"):
        features_batch([], threads=0)
    with pytest.raises(ValueError, match="a number of samples cannot be negative: -1"):
        frames_of(-1)


def test_the_preset() -> None:
    assert PRESETS["deepspeech"] == DEEPSPEECH == FeatureSpec(16000, 512, 320, 40, 20, 8000, 26)
    assert DEEPSPEECH.seconds_a_frame == 0.02


# Other kinds -------------------------------------------------------------------------------------


def test_log_mel_and_spectrogram_equal_the_oracle_on_real_clips(clips: list[Whole]) -> None:
    for name, width in (("log-mel", 80), ("spectrogram", 257)):
        for clip in clips:
            ours = features(clip, PRESETS[name])
            assert ours.shape == (frames_of(len(clip), PRESETS[name]), width)
            np.testing.assert_allclose(ours, oracle(clip, PRESETS[name]), rtol=0, atol=5e-5)


def test_mfcc_are_the_cosine_transform_of_log_mel(clips: list[Whole]) -> None:
    log_mel = features(clips[0], replace(DEEPSPEECH, coefficients=40, kind="log_mel"))
    angles = np.outer(np.arange(26), np.arange(40) + 0.5) * np.pi / 40
    expected = log_mel @ (np.sqrt(2 / 40) * np.cos(angles)).T
    np.testing.assert_allclose(features(clips[0]), expected, rtol=0, atol=1e-3)


def test_a_spectrogram_of_a_tone_is_high_where_it_is() -> None:
    """1000 Hz is bin 32 of 512 at 16 kHz; a Hann window's sum is half its length."""
    tone = np.sin(2 * np.pi * 1000 * np.arange(4000) / 16000).astype(np.float32)
    row = features(tone, PRESETS["spectrogram"])[3]
    assert row.argmax() == 32
    assert row[32] == pytest.approx(np.log(320 / 4), abs=1e-3)


other_specs = st.integers(2, 700).flatmap(
    lambda window: (
        st.builds(
            FeatureSpec,
            window=st.just(window),
            step=st.integers(1, 400),
            coefficients=st.integers(1, 2 ** int(np.ceil(np.log2(window))) // 2 + 1),
            kind=st.just("spectrogram"),
        )
        | st.builds(
            lambda filters, window: FeatureSpec(
                window=window, filters=filters, coefficients=filters, kind="log_mel"
            ),
            st.integers(1, 90),
            st.just(window),
        )
    )
)


@settings(max_examples=60, deadline=None)
@given(other_specs, st.integers(0, 3000), st.integers(0, 2**32 - 1))
def test_every_spec_of_other_kinds_equals_the_oracle(
    spec: FeatureSpec, count: int, seed: int
) -> None:
    # Of the whole spectrum, values near 0 have logarithms that differ by rounding: compare what
    # they are logarithms of.
    ours, expected = features(noise(count, seed), spec), oracle(noise(count, seed), spec)
    assert ours.shape == expected.shape == (frames_of(count, spec), spec.coefficients)
    np.testing.assert_allclose(np.exp(ours), np.exp(expected), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "log_mel"}, "coefficients of log mel must be as many as filters"),
        (
            {"kind": "spectrogram", "coefficients": 258},
            "coefficients of a spectrogram must be 1 to the bins of the transform",
        ),
        ({"kind": "cepstrum"}, "kind must be mfcc, log_mel or spectrogram"),
        ({"level": "loud"}, "level must be recorded or equal, not 'loud'"),
    ],
)
def test_other_kinds_that_contradict_themselves(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as raised:
        features(noise(600), FeatureSpec(**wrong))
    assert str(raised.value) == message


# Level -------------------------------------------------------------------------------------------

EQUAL = replace(DEEPSPEECH, level="equal")


def test_clips_at_equal_level_are_heard_as_if_recorded_at_it(clips: list[Whole]) -> None:
    for clip in clips[:3]:
        samples = clip / 32768
        at_level = (samples * 10**-1.3 / np.sqrt(np.mean(samples**2))).astype(np.float32)
        np.testing.assert_allclose(features(clip, EQUAL), features(at_level), rtol=0, atol=1e-4)


@pytest.mark.parametrize("spec", [*PRESETS.values()])
def test_how_loud_a_clip_is_says_nothing_at_equal_level(spec: FeatureSpec) -> None:
    equal, samples = replace(spec, level="equal"), noise(3000)
    expected = features(samples, equal)
    quiet, loud = (times * samples for times in (np.float32(0.01), np.float32(7)))
    assert np.abs(features(quiet, spec) - features(samples, spec)).max() > 2
    for heard in features_batch([samples, quiet, loud], equal, threads=2):
        np.testing.assert_allclose(heard, expected, rtol=0, atol=1e-3)
    whole = np.round(samples * 8000).astype(np.int16)
    as_floats = (whole / 32768).astype(np.float32)
    np.testing.assert_allclose(
        features(whole, equal), features(as_floats, equal), rtol=0, atol=1e-3
    )


def test_the_level_is_26_decibels_below_full_scale() -> None:
    assert 20 * np.log10(LEVEL) == pytest.approx(-26)


def test_silence_has_no_level() -> None:
    silence = np.zeros(2000, np.int16)
    np.testing.assert_array_equal(features(silence, EQUAL), features(silence))
    assert features(silence[:0], EQUAL).shape == (0, 26)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_refused_at_equal_level_too(value: float) -> None:
    samples = noise(1000)
    samples[700] = value
    with pytest.raises(ValueError, match=r"^samples hold a value that is infinite or not a numb"):
        features(samples, EQUAL)
    samples[700], samples[999] = 0, value  # behind the last frame
    np.testing.assert_array_equal(features(samples, EQUAL), features(samples))
