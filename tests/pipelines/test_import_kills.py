"""kill -9 at any moment, and disks that fill: the same command again, and nothing tells."""

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
Digests = Callable[[Path], dict[str, str]]
Moment = Callable[[Path], bool]

KILLS = 36


def exists(pattern: str) -> Moment:
    return lambda target: next(target.glob(pattern), None) is not None


# What can be seen when a run has got so far; between zero and some milliseconds later it is killed.
MOMENTS: dict[str, tuple[Moment, float]] = {
    "start": (lambda _: True, 0.7),
    "lock": (exists(".import/lock"), 0.05),
    "tables": (exists(".import/tables/*"), 0.02),
    "plan": (exists(".import/.plan-0.tsv.tmp-*"), 0.01),
    "planned": (exists(".import/plan-0.tsv"), 0.5),
    "first WAV": (exists("clips/*/*.wav"), 0.01),
    "conversion": (exists("clips/*/*.wav"), 0.15),
    "marker": (exists(".import/shards/.*.tmp-*"), 0.001),
    "first shard": (exists(".import/shards/*.json"), 0.05),
    "CSVs": (exists(".cv-*.csv.tmp-*"), 0.004),
    "rejects": (exists(".rejects.csv.tmp-*"), 0.004),
    "first CSV": (exists("cv-*.csv"), 0.01),
}


def is_swept(target: Path) -> bool:
    leftovers = [path for path in target.rglob("*") if ".tmp-" in path.name]
    return not leftovers and not list((target / ".import" / "temporary").iterdir())


@pytest.fixture(scope="module")
def whole(
    run_import: Run, digits_archive: Path, digests: Digests,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:  # fmt: skip
    """What an uninterrupted run makes of the digits."""
    target = tmp_path_factory.mktemp("whole")
    done = run_import(target, digits_archive)
    assert done.returncode == 0, done.stderr
    assert "read 601 clips: imported 459 " in done.stdout
    return digests(target)


def kill_at(start_import: Start, target: Path, archive: Path, moment: Moment, delay: float) -> bool:
    """False when the run was through before it could be killed."""
    target.mkdir(exist_ok=True)
    with start_import(target, archive) as process:
        while process.poll() is None and not moment(target):
            time.sleep(0.0005)
        time.sleep(delay)
        process.kill()
    return process.returncode == -9


@pytest.mark.slow
def test_36_kills_each_followed_by_the_same_command(
    start_import: Start, run_import: Run, digits_archive: Path, digests: Digests,
    whole: dict[str, str], tmp_path: Path,
) -> None:  # fmt: skip
    dice = random.Random(9)
    kills, tries = 0, 0
    while kills < KILLS:
        name = list(MOMENTS)[tries % len(MOMENTS)]
        moment, spread = MOMENTS[name]
        target = tmp_path / str(tries)
        kills += kill_at(start_import, target, digits_archive, moment, dice.uniform(0, spread))
        tries += 1
        assert tries < 2 * KILLS
        done = run_import(target, digits_archive)
        assert done.returncode == 0, f"{name}: {done.stderr}"
        assert digests(target) == whole, name
        assert is_swept(target), name


@pytest.mark.slow
def test_killed_again_and_again_no_finished_shard_is_done_twice(
    start_import: Start, run_import: Run, large_archive: Path, digests: Digests,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    once, target = tmp_path_factory.mktemp("once"), tmp_path_factory.mktemp("killed")
    assert run_import(once, large_archive).returncode == 0
    dice = random.Random(5)
    kills, finished = 0, dict[Path, int]()
    for _ in range(5):
        # One of the six shards a run is finished, and the next is in hand, or soon.
        def next_shard(target: Path, done: int = len(finished)) -> bool:
            return len(list((target / ".import" / "shards").glob("*.json"))) > done

        kills += kill_at(start_import, target, large_archive, next_shard, dice.uniform(0, 0.3))
        for wav in target.glob("clips/*/*.wav"):
            content = wav.read_bytes()
            assert len(content) == 44 + int.from_bytes(content[40:44], "little")
        for shard, time_made in finished.items():
            assert shard.stat().st_mtime_ns == time_made
        finished = {
            path: path.stat().st_mtime_ns for path in (target / ".import/shards").glob("*.json")
        }
    assert kills >= 2
    assert run_import(target, large_archive).returncode == 0
    assert digests(target) == digests(once)
    assert is_swept(target)


@pytest.mark.slow
def test_a_killed_fresh_start_leaves_nothing_of_the_old_import(
    start_import: Start, run_import: Run, digits_archive: Path, real_archive: Path,
    digests: Digests, tmp_path: Path,
) -> None:  # fmt: skip
    assert run_import(tmp_path / "once", real_archive).returncode == 0
    target = tmp_path / "out"
    for moment in ("conversion", "first shard", "first CSV"):
        kill_at(start_import, target, digits_archive, *MOMENTS[moment])
    for delay in (0.2, 0.3, 0.4, 0.5):
        with start_import(target, real_archive, "--fresh") as process:
            time.sleep(delay)
            process.kill()
    assert run_import(target, real_archive, "--fresh").returncode == 0
    assert digests(target) == digests(tmp_path / "once")
    assert is_swept(target)


@pytest.mark.slow
def test_a_disk_that_fills_at_every_stage_and_then_more_space(
    run_import: Run, digits_archive: Path, digests: Digests, whole: dict[str, str],
    small_disk: Path,
) -> None:  # fmt: skip
    subprocess.run(["mount", "-o", "remount,size=100m", small_disk], check=True)
    assert run_import(small_disk, digits_archive).returncode == 0
    needed = int(subprocess.check_output(["du", "-sk", small_disk]).split()[0])
    before_csvs = needed - sum(
        -(-(small_disk / name).stat().st_size // 4096) * 4 for name in whole if "/" not in name
    )
    stages = [8, 40, needed // 4, needed // 2, before_csvs - 8, before_csvs + 4, needed - 8]
    for size in stages:
        subprocess.run(["umount", small_disk], check=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(small_disk)]
        subprocess.run(mount, check=True)
        done = run_import(small_disk, digits_archive)
        assert done.returncode == 1, (size, done.stdout)
        assert "no space is left on the disk" in done.stderr, size
        assert done.stderr.count("\n") == 1, done.stderr
        assert not (small_disk / "report.json").exists()
        subprocess.run(["mount", "-o", "remount,size=100m", small_disk], check=True)
        assert run_import(small_disk, digits_archive).returncode == 0
        assert digests(small_disk) == whole, size
        assert is_swept(small_disk)


def test_a_full_disk_and_then_more_space(
    run_import: Run, real_archive: Path, small_disk: Path, tmp_path: Path, digests: Digests
) -> None:
    done = run_import(small_disk, real_archive)
    assert done.returncode == 1
    assert "no space is left on the disk" in done.stderr
    assert "run the same command again" in done.stderr
    assert list((small_disk / ".import" / "temporary").iterdir()) == []
    assert list(small_disk.glob("*.csv")) == []
    subprocess.run(["mount", "-o", "remount,size=100m", small_disk], check=True)
    assert run_import(small_disk, real_archive).returncode == 0
    assert run_import(tmp_path / "other", real_archive).returncode == 0
    assert digests(small_disk) == digests(tmp_path / "other")
