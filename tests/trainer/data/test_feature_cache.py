"""Features on disk: found again by whoever comes later, whatever happened to who wrote them."""

import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from importers.errors import StorageError
from native.features import DEEPSPEECH, LOG_MEL, FeatureSpec, features
from trainer.data.feature_cache import FeatureCache

Features = NDArray[np.float32]
# A run: keeps those of the numbers given that are not there, and says so of each.
RUN = """
import sys
from pathlib import Path
import numpy as np
from native.features import DEEPSPEECH
from trainer.data.feature_cache import FeatureCache
cache = FeatureCache(Path(sys.argv[1]), DEEPSPEECH, print)
for number in map(int, sys.argv[2:]):
    frames = 20 + number % 50
    if cache.find(f"clip {number}", frames) is None:
        made = np.random.default_rng(number).normal(size=(frames, 26)).astype(np.float32)
        cache.keep(f"clip {number}", made)
        print(number, flush=True)
"""


def made(number: int) -> Features:
    shape = (20 + number % 50, 26)
    return np.random.default_rng(number).normal(size=shape).astype(np.float32)


def silent(line: str) -> None:
    raise AssertionError(line)


def opened(folder: Path, spec: FeatureSpec = DEEPSPEECH) -> FeatureCache:
    return FeatureCache(folder, spec, silent)


def fill(folder: Path, *numbers: int) -> None:
    with opened(folder) as cache:
        for number in numbers:
            cache.keep(f"clip {number}", made(number))


def found(cache: FeatureCache, most: int) -> set[int]:
    """The numbers that are there, each as it was made."""
    numbers = set()
    for number in range(most):
        kept = cache.find(f"clip {number}", 20 + number % 50)
        if kept is not None:
            assert np.array_equal(kept, made(number))
            numbers.add(number)
    return numbers


def run(folder: Path, numbers: range) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN, str(folder), *map(str, numbers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_one_run_keeps_the_same_and_the_next_find(tmp_path: Path) -> None:
    with opened(tmp_path / "a" / "b") as cache:
        assert found(cache, 9) == set()
        for number in (3, 1):
            cache.keep(f"clip {number}", made(number))
        assert found(cache, 9) == {1, 3}
    fill(tmp_path / "a" / "b", 7)
    assert found(opened(tmp_path / "a" / "b"), 9) == {1, 3, 7}
    assert len([*(tmp_path / "a" / "b").rglob("*.index")]) == 2


def test_a_run_that_keeps_nothing_makes_no_file(tmp_path: Path) -> None:
    with opened(tmp_path) as cache:
        assert found(cache, 2) == set()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_another_length_is_another_clip(tmp_path: Path) -> None:
    """As if the file had been another in the moment when it was read."""
    fill(tmp_path, 1)
    assert opened(tmp_path).find("clip 1", 22) is None


def test_each_spec_has_features_of_its_own(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    for spec in (LOG_MEL, replace(DEEPSPEECH, low_hz=21.0), replace(DEEPSPEECH, step=319)):
        assert found(opened(tmp_path, spec), 2) == set()
    assert found(opened(tmp_path), 2) == {1}
    names = sorted(path.name.rpartition("-")[0] for path in tmp_path.iterdir())
    assert names == ["log_mel-80", "mfcc-26", "mfcc-26", "mfcc-26"]


def test_features_that_come_out_otherwise_are_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of another version of the extractor: in the last bit of one value."""
    fill(tmp_path, 1)

    def changed(samples: NDArray[np.int16], spec: FeatureSpec) -> Features:
        heard = features(samples, spec)
        heard[7, 3] = np.nextafter(heard[7, 3], np.float32(np.inf))
        return heard

    monkeypatch.setattr("trainer.data.feature_cache.features", changed)
    assert found(opened(tmp_path), 2) == set()


@pytest.mark.parametrize("spec", [DEEPSPEECH, LOG_MEL])
@pytest.mark.parametrize("loudness", [0, 32767])
def test_another_floor_and_another_ceiling_are_features_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: FeatureSpec, loudness: int
) -> None:
    """An extractor that differs in frames of silence or of the loudest samples alone."""
    opened(tmp_path, spec)
    [before] = tmp_path.iterdir()
    changed_frames = list[int]()

    def changed(samples: NDArray[np.int16], spec: FeatureSpec) -> Features:
        heard = features(samples, spec)
        for frame in range(len(heard)):
            heard_in = samples[frame * spec.step : frame * spec.step + spec.window]
            if (np.abs(heard_in.astype(int)) == loudness).all():
                heard[frame] += 1
                changed_frames.append(frame)
        return heard

    monkeypatch.setattr("trainer.data.feature_cache.features", changed)
    opened(tmp_path, spec)
    assert changed_frames
    assert len([*tmp_path.iterdir()]) == 2 and before.is_dir()


def test_a_name_that_is_no_utf8(tmp_path: Path) -> None:
    with opened(tmp_path) as cache:
        cache.keep("\udce9", made(0))
        found = cache.find("\udce9", 20)
    assert found is not None and np.array_equal(found, made(0))


@pytest.mark.parametrize("suffix", [".features", ".index"])
def test_files_that_were_cut_are_used_as_far_as_they_go(tmp_path: Path, suffix: str) -> None:
    fill(tmp_path, *range(20))
    [path] = tmp_path.rglob(f"*{suffix}")
    whole = path.read_bytes()
    kept = []
    for size in np.linspace(len(whole), 0, 30).astype(int):
        path.write_bytes(whole[:size])
        kept.append(len(found(opened(tmp_path), 20)))
    assert kept == sorted(kept, reverse=True)
    assert (kept[0], kept[-1]) == (20, 0)
    assert len(set(kept)) > 10


def test_a_damaged_clip_is_computed_and_kept_again(tmp_path: Path) -> None:
    fill(tmp_path, *range(9))
    [path] = tmp_path.rglob("*.features")
    content = bytearray(path.read_bytes())
    content[100] ^= 4
    path.write_bytes(content)
    with opened(tmp_path) as cache:
        assert found(cache, 9) == set(range(1, 9))
        cache.keep("clip 0", made(0))
        assert found(cache, 9) == set(range(9))
    assert found(opened(tmp_path), 9) == set(range(9))


def test_whatever_becomes_of_an_index_nothing_wrong_is_found(tmp_path: Path) -> None:
    fill(tmp_path, *range(9))
    [path] = tmp_path.rglob("*.index")
    whole = path.read_bytes()
    random = np.random.default_rng(1)
    for _ in range(60):
        content = bytearray(whole)
        for at in random.integers(0, len(content), 3):
            content[at] = int(random.integers(256))
        path.write_bytes(content)
        assert len(found(opened(tmp_path), 9)) >= 6


def test_killed_at_any_time_it_leaves_what_it_has_written(tmp_path: Path) -> None:
    said = set[int]()
    for lines in (1, 2, 30, 75):
        with run(tmp_path, range(400)) as process:
            assert process.stdout is not None
            for _ in range(lines):
                said.add(int(process.stdout.readline()))
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read().splitlines()
            said |= {int(line) for line in rest if line}
        assert process.returncode == -signal.SIGKILL
        assert said <= found(opened(tmp_path), 400)
    left = found(opened(tmp_path), 400)
    assert len(left) < 400
    last = run(tmp_path, range(400))
    assert {int(line) for line in last.communicate()[0].split()} == set(range(400)) - left
    assert last.returncode == 0
    assert found(opened(tmp_path), 400) == set(range(400))


def test_two_runs_at_once(tmp_path: Path) -> None:
    both = [run(tmp_path, range(start, start + 300)) for start in (0, 100)]
    said = [process.communicate()[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert {int(line) for lines in said for line in lines} == set(range(400))
    assert found(opened(tmp_path), 400) == set(range(400))


def test_many_threads(tmp_path: Path) -> None:
    failures = []
    with opened(tmp_path) as cache:

        def work(first: int) -> None:
            try:
                for number in range(first, first + 60):
                    cache.keep(f"clip {number}", made(number))
                    assert number in found(cache, number + 1)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(first,)) for first in (0, 30, 60, 90)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert found(cache, 150) == set(range(150))
    assert found(opened(tmp_path), 150) == set(range(150))


def test_a_full_disk_is_said_once_and_what_is_kept_is_whole(small_disk: Path) -> None:
    """2 MB hold some 400 clips."""
    said = list[str]()
    with FeatureCache(small_disk / "cache", DEEPSPEECH, said.append) as cache:
        for number in range(600):
            cache.keep(f"clip {number}", made(number))
        kept = found(cache, 600)
    assert said == [
        f"{small_disk / 'cache'}: no space is left on the disk. Features that are not in this "
        "cache yet are computed anew whenever they are needed"
    ]
    assert kept == set(range(len(kept))) and 300 < len(kept) < 500
    [data], [index] = (small_disk.rglob(f"*{suffix}") for suffix in (".features", ".index"))
    assert index.stat().st_size == 32 * len(kept)
    last = made(len(kept) - 1).nbytes
    assert (data.stat().st_size - last) % 64 == 0
    (small_disk / "room").write_bytes(b"a checkpoint")
    assert found(opened(small_disk / "cache"), 600) == kept


@pytest.mark.parametrize("kind", ["file", "link to itself"])
def test_a_place_that_is_no_folder(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "cache"
    if kind == "file":
        path.write_text("")
    else:
        path.symlink_to(path)
    with pytest.raises(StorageError, match=str(path)) as caught:
        opened(path)
    assert "\n" not in str(caught.value)


def test_a_folder_that_went_away_is_an_error(tmp_path: Path) -> None:
    """Whatever else than a full disk keeps it from being written ends the run, in words."""
    cache = opened(tmp_path / "cache")
    [folder] = (tmp_path / "cache").iterdir()
    folder.rmdir()
    with pytest.raises(StorageError, match="No such file or directory"):
        cache.keep("clip 1", made(1))
