"""Every compression is read, also in several parts; what is damaged is said in one line."""

import bz2
import gzip
import io
import lzma
import sys
import tarfile
import zipfile
from collections.abc import Callable

import pytest
import zstandard

from importers.errors import FormatError, UsageError
from lm.compression import unpacked

TEXT = b"".join(b"line %d, and more of it\n" % number for number in range(50_000))
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
}


def read(content: bytes) -> bytes:
    with unpacked(io.BytesIO(content), "t") as stream:  # type: ignore[arg-type]
        return stream.read()


@pytest.mark.parametrize("kind", PACKERS)
def test_what_was_packed_is_read(kind: str) -> None:
    pack = PACKERS[kind]
    half = len(TEXT) // 2
    assert read(pack(TEXT)) == TEXT
    assert read(pack(TEXT[:half]) + pack(TEXT[half:])) == TEXT
    assert read(pack(b"")) == b""
    assert read(pack(b"") + pack(TEXT)) == TEXT


@pytest.mark.parametrize("kind", PACKERS)
def test_what_is_damaged_or_cut_off_is_said(kind: str) -> None:
    packed = PACKERS[kind](TEXT)
    middle = len(packed) // 2
    for content in (
        packed[:-9],
        packed[:middle],
        PACKERS[kind](b"one\n") + packed[:middle],
        packed[:middle] + bytes(byte ^ 0x5A for byte in packed[middle : middle + 40]) + packed[-9:],
    ):
        with pytest.raises(FormatError, match=rf"^t: damaged {kind}: .*\. Fetch the file again$"):
            read(content)


def test_frames_with_a_long_window_are_read() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=True)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    assert read(stream.compress(TEXT) + stream.flush()) == TEXT


def test_plain_text_is_passed_through() -> None:
    for content in (b"", b"B", b"BZ", TEXT):
        assert read(content) == content


def test_archives_are_refused() -> None:
    tar, packed = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    with zipfile.ZipFile(packed, "w") as zipped:
        zipped.writestr("a.txt", "text")
    for content in (tar.getvalue(), gzip.compress(tar.getvalue())):
        with pytest.raises(UsageError, match=r"^t: is a tar archive\. Unpack it"):
            read(content)
    with pytest.raises(
        UsageError, match=r"^t: is a zip archive\. Unpack it: unzip -p t \| build-lm"
    ):
        read(packed.getvalue())


def test_other_errors_are_left_as_they_are() -> None:
    with (
        pytest.raises(PermissionError),
        unpacked(io.BytesIO(gzip.compress(TEXT)), "t"),  # type: ignore[arg-type]
    ):
        raise PermissionError(13, "not allowed")


@pytest.mark.parametrize(("kind", "module"), [("gzip", "isal"), ("zstd", "zstandard")])
def test_a_package_that_is_missing_is_named(
    kind: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "isal.igzip", raising=False)
    with pytest.raises(UsageError, match=f"needs the Python package {module} .* pip install"):
        read(PACKERS[kind](TEXT))
