"""Headers as they should not be, and are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from native.audio import PROBLEMS, AudioError, decode
from tests.native.sphere_files import FIELDS, sphere

COUNTING = np.arange(1000, dtype="<i2")
DATA = COUNTING.tobytes()


def linear(byte: int) -> int:
    """Mu-law, ITU-T G.711."""
    size = ((((255 - byte) & 15) * 8 + 132) << ((255 - byte) >> 4 & 7)) - 132
    return size if byte >= 128 else -size


MU_LAW = np.array([linear(byte) for byte in DATA], np.int16)


@pytest.mark.parametrize("size", [400, 1000, 1024, 1500, 2048, 16384, 1 << 20])
def test_headers_of_any_length(size: int) -> None:
    assert np.array_equal(decode(sphere(DATA, size=size), 8000), COUNTING)


@pytest.mark.parametrize(
    "changed",
    [
        {"channel_count": None},
        {"sample_n_bytes": None},
        {"sample_byte_format": None},
        {"sample_coding": None},
        {"sample_coding": "-s3 PCM"},
        {"sample_coding": "-s26 pcm"},
        {"sample_rate": "-r 8000.000000"},
        {"sample_rate": "-i    8000  "},
        {"sample_byte_format": "-s1 01"},
        {"speaker_id": "-s0 "},
        {"recording_place": "-s30 a place with many words"},
        {"odd": ""},
        {"; sample_rate": "-i 16000"},
        {"x": "-i 5\nsample_ratio"},
    ],
    ids=str,
)
def test_what_may_be_missing_or_odd(changed: dict[str, str | None]) -> None:
    assert np.array_equal(decode(sphere(DATA, changed), 8000), COUNTING)


def test_the_end_of_the_header_may_be_missing() -> None:
    assert np.array_equal(decode(sphere(DATA, end=""), 8000), COUNTING)


def test_fields_behind_the_end_are_none() -> None:
    assert np.array_equal(decode(sphere(DATA, end="end_head\nsample_rate -i 1\n"), 8000), COUNTING)


def test_lines_that_end_as_in_dos() -> None:
    assert np.array_equal(decode(sphere(DATA, newline="\r\n"), 8000), COUNTING)


@pytest.mark.parametrize("coding", ["ulaw", "mu-law", "ULAW", "mulaw", None])
@pytest.mark.parametrize("size", ["-i 1", None])
def test_names_of_mu_law(coding: str | None, size: str | None) -> None:
    """Without a name it is what NIST's own library takes one byte a sample for."""
    if coding is None and size is None:
        return
    changed = {
        "sample_coding": coding and f"-s{len(coding)} {coding}",
        "sample_n_bytes": size,
        "sample_count": "-i 2000",
    }
    assert np.array_equal(decode(sphere(DATA, changed), 8000), MU_LAW)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sample_rate": None}, "its header gives no sample_rate"),
        ({"sample_rate": "-i 0"}, "its header gives no sample_rate"),
        ({"sample_rate": "-i -8000"}, "a sample_rate of '-8000'"),
        ({"sample_rate": "-i 99999999999"}, "a sample_rate of '99999999999'"),
        ({"sample_rate": "-i nan"}, "a sample_rate of 'nan'"),
        ({"sample_rate": "-i 8000Hz"}, "a sample_rate of '8000Hz'"),
        ({"channel_count": "-i 0"}, "a channel_count of 0"),
        ({"channel_count": "-i 33"}, "a channel_count of '33'"),
        ({"channel_count": "-i 1000000000"}, "a channel_count of '1000000000'"),
        ({"channel_count": "-s3 two"}, "a channel_count of 'two'"),
        ({"sample_count": "-i -5"}, "a sample_count of '-5'"),
        ({"sample_count": "-i 1e300"}, "a sample_count of '1e300'"),
        ({"sample_n_bytes": "-i 0"}, "samples of 0 bytes in PCM"),
        ({"sample_n_bytes": "-i 5"}, "a sample_n_bytes of '5'"),
        ({"sample_coding": "-s4 ulaw"}, "samples of 2 bytes in 8 bits"),
        ({"sample_coding": "-s4 real"}, "the sample_coding 'real' is not known"),
        (
            {"sample_coding": "-s24 pcm,embedded-wavpack-v1.0"},
            "the sample_coding 'pcm,embedded-wavpack-v1.0' is not known",
        ),
        ({"sample_coding": "-s99 " + "x" * 99}, f"the sample_coding '{'x' * 40}' is not known"),
        (
            {"sample_n_bytes": "-i 4", "sample_byte_format": "-s4 1032"},
            "the sample_byte_format '1032' is not known",
        ),
        ({"sample_rate": "-i \x01\xff"}, r"a sample_rate of '\x01\xff'"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_said(changed: dict[str, str | None], message: str) -> None:
    with pytest.raises(AudioError) as raised:
        decode(sphere(DATA, changed), 8000)
    assert raised.value.problem == "decode_error"
    assert str(raised.value) == f"audio in memory: cannot be decoded: NIST SPHERE: {message}"


@pytest.mark.parametrize("length", ["10", "-1", "abc", "", "1e99", "1099511627776", "inf"])
def test_a_length_that_is_none(length: str) -> None:
    with pytest.raises(AudioError, match="a header whose second line is not its length"):
        decode(f"NIST_1A\n{length:>7}\n".encode() + sphere(DATA)[16:])


def test_a_header_that_is_cut_off() -> None:
    with pytest.raises(AudioError, match="a header of 1024 bytes in a file of 700"):
        decode(sphere(DATA)[:700])
    with pytest.raises(AudioError, match="a header whose second line is not its length"):
        decode(b"NIST_1A")


def test_a_rate_that_cannot_be_resampled() -> None:
    with pytest.raises(AudioError, match="a sample rate of 10 Hz"):
        decode(sphere(DATA, {"sample_rate": "-i 10"}))


TEXT = st.text(st.characters(codec="latin-1"), max_size=12)


@given(
    fields=st.dictionaries(st.sampled_from(sorted(FIELDS)) | TEXT, TEXT, max_size=8),
    size=st.integers(16, 3000),
)
def test_any_header_is_read_or_refused(fields: dict[str, str], size: int) -> None:
    file = sphere(DATA, dict(fields), size=size)
    try:
        assert decode(file, 8000, max_seconds=10).dtype == np.int16
    except AudioError as error:
        assert error.problem in PROBLEMS
        assert "\n" not in str(error)
