"""Shortened SPHERE: PCM held against ffmpeg, mu-law against what went into the encoder."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from native.audio import AudioError, decode
from tests.native import shorten_encoder as encoder
from tests.native.converter import Converter
from tests.native.mu_law_numbers import SHIFTS, largest_shift, mu_law_numbers
from tests.native.shorten_encoder import Settings, shorten
from tests.native.sphere_files import channels_of, ffmpeg, sphere

Whole = NDArray[np.int16]

EVERY_FUNCTION = (0, 1, 2, 3, encoder.LINEAR)


def file_of(
    samples: NDArray[np.integer], settings: Settings, coding: str = "pcm", count: int = -1
) -> bytes:
    """A shortened SPHERE file; `count` samples announced instead of those that are there."""
    name = f"{coding},embedded-shorten-v{settings.version}.00"
    changed = {
        "sample_count": f"-i {len(samples) if count < 0 else count}",
        "channel_count": f"-i {samples.shape[1]}",
        "sample_coding": f"-s{len(name)} {name}",
    }
    return sphere(shorten(samples.astype(np.int64), settings), changed)


@pytest.fixture(scope="module")
def speech(test_data: Path) -> Whole:
    """Two utterances of AN4 side by side, with silence and a passage of fewer bits."""
    folder = test_data / "an4/wav/an4_clstk"
    columns = [
        soundfile.read(folder / name, dtype="int16")[0][:16000]
        for name in ("fash/cen7-fash-b.sph", "mwhw/cen8-mwhw-b.sph")
    ]
    both = np.stack(columns, axis=1)
    both[2000:3000] = 0
    both[5000:9000] &= -8
    return both


def mu_law_samples(bytes_of: NDArray[np.integer]) -> Whole:
    """What libsndfile makes of mu-law bytes (frames, channels)."""
    raw = io.BytesIO(bytes_of.astype(np.uint8).tobytes())
    samples: Whole = soundfile.read(
        raw, dtype="int16", format="RAW", subtype="ULAW", samplerate=8000, channels=1
    )[0]
    return samples.reshape(bytes_of.shape)


@pytest.mark.parametrize(
    "settings",
    [
        *(Settings(functions=[f]) for f in (0, 1, 2, 3)),
        Settings(functions=[encoder.LINEAR], order=1),
        Settings(functions=[encoder.LINEAR], order=20),
        Settings(functions=EVERY_FUNCTION, order=6),
        Settings(functions=EVERY_FUNCTION, order=6, version=1),
        Settings(functions=EVERY_FUNCTION, order=6, version=3),
        Settings(functions=EVERY_FUNCTION, order=6, means=0),
        Settings(functions=EVERY_FUNCTION, order=6, means=1, block=1000),
        Settings(functions=EVERY_FUNCTION, order=9, block=160, means=17),
        Settings(kind=encoder.S16_HIGH, verbatim=b"RIFF....WAVE"),
        Settings(skipped=b"\1\2\3"),
    ],
    ids=str,
)
@pytest.mark.parametrize("channels", [1, 2])
def test_pcm_equals_ffmpeg(
    converter: Converter, tmp_path: Path, speech: Whole, settings: Settings, channels: int
) -> None:
    samples = speech[:, :channels]
    path = tmp_path / "short.sph"
    path.write_bytes(file_of(samples, settings))
    read = channels_of(converter, path, channels, 8000)
    assert np.array_equal(read, samples)
    assert np.array_equal(read, ffmpeg(path, channels))


@pytest.mark.parametrize("functions", [(0,), EVERY_FUNCTION])
def test_loud_noise(functions: tuple[int, ...]) -> None:
    """Errors of more bits than samples have."""
    noise = np.random.default_rng(1).choice([-32768, 32767, 0, -1], (3000, 1))
    file = file_of(noise, Settings(functions=functions, order=3))
    assert np.array_equal(decode(file, 8000), noise[:, 0])


def test_silence_alone() -> None:
    for version in (1, 2):
        silence = np.zeros((3000, 1), np.int64)
        assert not decode(file_of(silence, Settings(version=version)), 8000).any()


@pytest.mark.parametrize("means", [0, 4])
@pytest.mark.parametrize(
    ("kind", "least", "scale"),
    [
        (encoder.S8, -128, 256),
        (encoder.U8, 0, 256),
        (encoder.U16_HIGH, 0, 1),
        (encoder.U16_LOW, 0, 1),
    ],
)
def test_other_samples(tmp_path: Path, kind: int, least: int, scale: int, means: int) -> None:
    """ffmpeg knows unsigned bytes alone; the others are as the description has them."""
    samples = np.random.default_rng(2).integers(least, least + 65536 // scale, (3000, 1))
    file = file_of(samples, Settings(kind=kind, functions=EVERY_FUNCTION, order=4, means=means))
    expected = (samples[:, 0] - encoder.MIDDLE.get(kind, 0)) * scale
    read = decode(file, 8000)
    assert np.array_equal(read, expected)
    if kind == encoder.U8:
        path = tmp_path / "bytes.sph"
        path.write_bytes(file)
        assert np.array_equal(read, ffmpeg(path, 1)[:, 0])


def test_the_numbers_of_mu_law() -> None:
    """Those that the readers in use have, picked from their tables."""
    plain, shifted = mu_law_numbers(0, old=False), mu_law_numbers(1, old=False)
    assert [plain[byte] for byte in (255, 254, 128, 127, 126, 0)] == [0, 1, 127, -1, -2, -128]
    assert [shifted[b] for b in (255, 253, 239, 238, 127, 125, 123)] == [0, 1, 8, 9, -1, -2, -3]
    old = mu_law_numbers(1, old=True)
    assert [old[byte] for byte in (125, 123, 0, 127, 126, 112)] == [-1, -2, -119, -120, -121, -128]
    last = mu_law_numbers(12, old=True)
    assert [last[byte] for byte in (255, 254, 0, 127, 126, 1)] == [0, 1, -1, -2, -3, -128]


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("kind", [encoder.OLD_MU_LAW, encoder.MU_LAW])
def test_every_byte_of_mu_law_under_every_shift(kind: int, shift: int) -> None:
    possible = [byte for byte in range(256) if largest_shift()[byte] >= shift]
    bytes_of = np.random.default_rng(shift).choice(possible, (2560, 1))
    bytes_of[: len(possible), 0] = possible
    settings = Settings(kind=kind, functions=EVERY_FUNCTION, order=4)
    read = decode(file_of(bytes_of, settings, "ulaw"), 8000)
    assert np.array_equal(read, mu_law_samples(bytes_of)[:, 0])


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_telephone_call_in_mu_law(
    converter: Converter, test_data: Path, tmp_path: Path, version: int
) -> None:
    """As Fisher and Switchboard come. Tried on no file of LDC's: we have none."""
    [call] = test_data.glob("derived/fisher_like/**/*.sph")
    bytes_of = np.frombuffer(call.read_bytes()[1024:], np.uint8).reshape(-1, 2)[30000:90000]
    kind = encoder.OLD_MU_LAW if version == 1 else encoder.MU_LAW
    path = tmp_path / "call.sph"
    path.write_bytes(file_of(bytes_of, Settings(kind=kind, version=version), "ulaw"))
    assert path.stat().st_size < 0.75 * bytes_of.size
    read = channels_of(converter, path, 2, 8000)
    assert np.array_equal(read, mu_law_samples(bytes_of))
    part = converter.job(path, channel=1, start=2.5, end=7.0001)
    converter.run([part], sample_rate=8000)
    assert np.array_equal(soundfile.read(part.target, dtype="int16")[0], read[20000:56001, 1])


def test_a_count_over_all_channels(converter: Converter, speech: Whole) -> None:
    file = file_of(speech, Settings(), count=speech.size)
    assert np.array_equal(channels_of(converter, file, 2, 8000), speech)
    assert len(decode(file, 8000)) == len(speech)  # whole, not truncated


def test_a_count_below_what_is_there(speech: Whole) -> None:
    file = file_of(speech[:, :1], Settings(), count=1000)
    assert np.array_equal(decode(file, 8000), speech[:1000, 0])
    assert len(decode(file_of(speech, Settings(), count=0), 8000)) == len(speech)


def test_an_end_before_the_count(speech: Whole) -> None:
    """The stream says that it ends in the middle."""
    file = file_of(speech[:, :1], Settings(quit_after=8000))
    with pytest.raises(AudioError, match=r"cut off after 1.024 s of 2.000 s$"):
        decode(file, 8000)
    assert np.array_equal(decode(file, 8000, keep_partial=True), speech[:8192, 0])


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_stream_cut_off_gives_what_is_whole(
    converter: Converter, speech: Whole, share: float
) -> None:
    file = file_of(speech, Settings(functions=EVERY_FUNCTION, order=3))
    cut = file[: 1024 + int(share * (len(file) - 1024))]
    with pytest.raises(AudioError, match="cut off after") as raised:
        decode(cut, 8000)
    assert raised.value.problem == "truncated"
    read = channels_of(converter, cut, 2, 8000)
    assert len(read) % 256 == 0
    assert 0.5 * share < len(read) / len(speech) < min(2 * share, 0.99)
    assert np.array_equal(read, speech[: len(read)])


def test_a_stream_cut_off_that_nobody_counted(speech: Whole) -> None:
    file = file_of(speech, Settings(), count=0)
    with pytest.raises(AudioError, match="is cut off, and no sample_count says by how much"):
        decode(file[: len(file) // 2], 8000, keep_partial=True)


def test_no_sample_is_made_of_half_a_code() -> None:
    """Wherever a stream ends, what is given is right."""
    noise = np.random.default_rng(4).integers(-32768, 32768, (96, 1))
    file = file_of(noise, Settings(block=16, functions=[0]))
    lengths = set()
    for end in range(1070, len(file)):
        read = decode(file[:end], 8000, keep_partial=True)
        assert np.array_equal(read, noise[: len(read), 0])
        lengths.add(len(read))
    assert lengths == {16, 32, 48, 64, 80, 96}
