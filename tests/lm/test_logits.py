"""Saved log-probabilities: any names, nothing half-written, and the memory of one clip."""

import json
import resource
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from importers.alphabet import Alphabet
from importers.errors import FormatError, MynaError, StorageError, UsageError
from lm.logits import reading_logits, writing_logits

ALPHABET = Alphabet((" ", "a", "é"))
# What np.savez, zip files and this format could take for something of their own.
NAMES = ["file", "keys", "alphabet", "about", "transcripts", "allow_pickle", "x", "x.npy", "x"]
NAMES += ["about.npy", "log_probs/0", "log_probs/0.npy", "", "/", "../a", "a/", "a\\b", "ü", "a\0b"]


def log_probs(number: int) -> NDArray[np.float32]:
    return np.full((number % 4, 4), -number, np.float32)


def write(path: Path, names: list[str], alphabet: Alphabet = ALPHABET) -> None:
    with writing_logits(path, alphabet) as writer:
        for number, name in enumerate(names):
            writer.write(name, f"text {number}\0", log_probs(number))


def read(path: Path) -> tuple[dict[str, Any], list[NDArray[np.float32]]]:
    """What is known of the clips, and their arrays, by NumPy alone."""
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(file["about"].tobytes())
        count = len(about["clips"])
        assert file.files == [*(f"log_probs/{number}" for number in range(count)), "about"]
        return about, [file[f"log_probs/{number}"] for number in range(count)]


def check(path: Path, names: list[str]) -> None:
    about, arrays = read(path)
    assert about == {
        "version": 1,
        "alphabet": [" ", "a", "é"],
        "clips": [
            {"name": name, "transcript": f"text {number}\0"} for number, name in enumerate(names)
        ],
    }
    for number, array in enumerate(arrays):
        assert array.dtype == np.float32
        assert np.array_equal(array, log_probs(number))


def test_names_that_mean_something_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    write(path, NAMES)
    check(path, NAMES)
    assert [one.name for one in tmp_path.iterdir()] == ["x.npz"]


@given(names=st.lists(st.text(), max_size=6))
def test_any_names(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    path = tmp_path_factory.mktemp("logits") / "x.npz"
    write(path, names)
    check(path, names)


def test_the_same_clips_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "1.npz", tmp_path / "2.npz"
    for path in (one, other):
        write(path, NAMES)
    assert one.read_bytes() == other.read_bytes()


def test_the_bytes_alphabet_is_named(tmp_path: Path) -> None:
    write(tmp_path / "x.npz", ["a"], Alphabet.of_bytes())
    assert read(tmp_path / "x.npz")[0]["alphabet"] == "bytes"


@pytest.mark.slow
def test_more_clips_than_an_old_zip_holds(tmp_path: Path) -> None:
    names = [str(number) for number in range(66_000)]
    path = tmp_path / "x.npz"
    write(path, names)
    with np.load(path, allow_pickle=False) as file:
        assert len(json.loads(file["about"].tobytes())["clips"]) == 66_000
        assert np.array_equal(file["log_probs/65999"], log_probs(65_999))


def test_no_frames_stay_in_memory(tmp_path: Path) -> None:
    """64 clips of 4 MB each."""
    clip = np.zeros((1000, 1000), np.float32)
    tracemalloc.start()
    try:
        with writing_logits(tmp_path / "x.npz", ALPHABET) as writer:
            for number in range(64):
                writer.write(str(number), "", clip)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16_000_000
    assert (tmp_path / "x.npz").stat().st_size > 64 * clip.nbytes


def test_where_no_file_can_be_is_said_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, message in (
        (tmp_path / "none" / "x.npz", f"there is no folder {tmp_path}/none to write it into"),
        (tmp_path / "file" / "x.npz", f"there is no folder {tmp_path}/file to write it into"),
        (tmp_path, "there is something else than a file. Name another one"),
        (Path("/dev/null"), "there is something else than a file. Name another one"),
    ):
        with pytest.raises(UsageError) as caught, writing_logits(path, ALPHABET):
            pytest.fail("the block must not begin")
        assert str(caught.value) == f"{path}: {message}"
    with pytest.raises(StorageError) as storage, writing_logits(Path("/proc/x.npz"), ALPHABET):
        pytest.fail("the block must not begin")
    assert str(storage.value) == "/proc/x.npz: cannot be written: No such file or directory"


def test_what_fails_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    write(path, ["older"])
    with pytest.raises(MynaError, match=r"^no$"), writing_logits(path, ALPHABET) as writer:
        writer.write("newer", "", log_probs(1))
        raise MynaError("no")
    assert read(path)[0]["clips"][0]["name"] == "older"
    assert [one.name for one in tmp_path.iterdir()] == ["x.npz"]


def test_a_disk_without_room(tmp_path: Path) -> None:
    """Here a file that may not grow beyond 100 kB, as for any other reason."""
    path = tmp_path / "x.npz"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(StorageError) as caught, writing_logits(path, ALPHABET) as writer:
            writer.write("a", "", np.zeros((1000, 1000), np.float32))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(caught.value) == f"{path}: cannot be written: File too large"
    assert list(tmp_path.iterdir()) == []


@given(names=st.lists(st.text(), max_size=6))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    path = tmp_path_factory.mktemp("logits") / "x.npz"
    for alphabet in (ALPHABET, Alphabet.of_bytes()):
        with writing_logits(path, alphabet) as writer:
            for number, name in enumerate(names):
                shape = (number, len(alphabet) + 1)
                writer.write(name, "", np.full(shape, -number, np.float32))
        with reading_logits(path) as saved:
            assert (saved.alphabet, saved.names) == (alphabet, tuple(names))
            for number in range(len(names)):
                array = saved.log_probs(number)
                assert array.dtype == np.float32
                assert array.shape == (number, len(alphabet) + 1)
                assert (array == -number).all()


def read_all(path: Path) -> None:
    with reading_logits(path) as saved:
        for number in range(len(saved.names)):
            saved.log_probs(number)


def test_damage_is_one_line(tmp_path: Path) -> None:
    """Cut anywhere, or with a byte of the content changed."""
    whole, path = tmp_path / "x.npz", tmp_path / "damaged.npz"
    write(whole, ["a", "b", "c"])
    content = whole.read_bytes()
    for size in range(0, len(content), 7):
        path.write_bytes(content[:size])
        with pytest.raises(FormatError, match=r"damaged\.npz: no saved log-probabilities, or dam"):
            read_all(path)
    refused = 0
    for place in range(0, len(content), 3):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            read_all(path)  # bytes that mean nothing (a date, say) may differ
        except FormatError as error:
            assert "\n" not in str(error)
            refused += 1
    assert refused > len(content) / 3 / 2


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"version": 2}, "another version than 1"),
        ([], "another version than 1"),
        ({"version": 1, "alphabet": ["a"], "clips": [{}]}, "clips must be a list of objects"),
        ({"version": 1, "alphabet": "ab", "clips": []}, "alphabet must be a list of labels"),
        ({"version": 1, "alphabet": [], "clips": []}, "an alphabet needs at least one label"),
        ({"version": 1, "alphabet": ["a"], "clips": [{"name": "b"}]}, r"log_probs/0 has the shape"),
    ],
)
def test_another_content_is_refused(tmp_path: Path, about: object, message: str) -> None:
    path = tmp_path / "x.npz"
    arrays: dict[str, Any] = {"log_probs/0": log_probs(1)}
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    np.savez(path, **arrays)
    with pytest.raises(FormatError, match=rf"x\.npz: no saved .*: {message}"):
        read_all(path)


def test_an_encrypted_member_and_one_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.npy", b"")
    with (
        pytest.raises(FormatError, match=r"or damaged: there is no about\.npy\. Make"),
        reading_logits(path),
    ):
        pass
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("about.npy", b"")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flags in the central directory
    path.write_bytes(content)
    with (
        pytest.raises(FormatError, match=r"or damaged: about\.npy is encrypted\. Make"),
        reading_logits(path),
    ):
        pass
