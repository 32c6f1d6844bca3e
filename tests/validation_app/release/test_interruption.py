"""Exports that end early, and people who vote meanwhile. A pipe in a clip's place halts them."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.validation_app.release.community import Community, RealClip
from validation_app.database.sessions import reading, writing
from validation_app.database.tables import Clip
from validation_app.release.export import Release

Export = Callable[..., Release]
Contents = Callable[[Path], dict[str, bytes]]
Rows = Callable[[bytes], list[dict[str, str]]]


@pytest.fixture
def halting(community: Community, reals: list[RealClip]) -> tuple[Path, bytes]:
    """A community of three clips; whoever opens the second one's file waits."""
    ann = community.person("ann")
    for real in reals[:3]:
        community.clip(ann, real, votes="+")
    pipe = community.data / "clips" / "000" / "2.mp3"
    pipe.unlink()
    os.mkfifo(pipe)
    return pipe, reals[1].path.read_bytes()


@contextlib.contextmanager
def exporting(data: Path, out: Path, checkout: Path) -> Iterator[subprocess.Popen[str]]:
    """The command, as soon as it has begun to write the archive."""
    code = "import sys; from validation_app.command import main; sys.exit(main())"
    said = ("--data", str(data), "--out", str(out), "--date", "2026-11-22")
    process = subprocess.Popen(
        [sys.executable, "-c", code, "export-release", *said],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    try:
        end = time.monotonic() + 60
        while not list(out.glob(".*.tmp-*")):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end, "it never began"
            time.sleep(0.01)
        time.sleep(0.2)  # to the pipe
        yield process
    finally:
        process.kill()
        process.communicate()


def test_ctrl_c_leaves_nothing(
    community: Community, halting: tuple[Path, bytes], checkout: Path, tmp_path: Path
) -> None:
    out = tmp_path / "releases"
    with exporting(community.data, out, checkout) as process:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "validation-app: interrupted; the same command begins anew\n"
    assert list(out.iterdir()) == []


def test_after_a_kill_the_same_command_makes_the_same_release(
    community: Community,
    halting: tuple[Path, bytes],
    checkout: Path,
    tmp_path: Path,
    export: Export,
) -> None:
    out = tmp_path / "killed"
    with exporting(community.data, out, checkout) as process:
        process.kill()
        process.wait(timeout=60)
    assert [path.suffix for path in out.iterdir()] == [f".tmp-{process.pid}"]
    pipe, audio = halting
    pipe.unlink()
    pipe.write_bytes(audio)
    again, undisturbed = export(out=out), export(out=tmp_path / "undisturbed")
    assert again.sha256 == undisturbed.sha256
    assert sorted(path.name for path in out.iterdir()) == [
        "cv-corpus-1.0-2026-11-22-en.tar.gz",
        "cv-corpus-1.0-2026-11-22-en.tar.gz.sha256",
    ]


def test_votes_are_taken_meanwhile_and_are_not_in_the_release(
    community: Community, halting: tuple[Path, bytes], reals: list[RealClip], export: Export,
    contents: Contents, rows: Rows,
) -> None:  # fmt: skip
    pipe, audio = halting
    written: list[Release] = []
    thread = threading.Thread(target=lambda: written.append(export()))
    thread.start()
    with pipe.open("wb") as stream:  # until the export opens it to read
        with writing(community.engine).begin() as session:
            session.get_one(Clip, 1).up_votes = 2
            session.get_one(Clip, 3).up_votes = 2
        community.clip(community.person("bob"), reals[4])
        stream.write(audio)
    thread.join(timeout=60)
    with reading(community.engine)() as session:
        assert session.scalar(select(func.count()).where(Clip.up_votes == 2)) == 2
    (release,) = written
    found = rows(contents(release.archive)["other.tsv"])
    assert [(row["path"], row["up_votes"]) for row in found] == [
        (f"common_voice_en_{number}.mp3", "1") for number in (1, 2, 3)
    ]


def test_a_full_disk_is_one_line_and_leaves_nothing(
    community: Community, reals: list[RealClip], checkout: Path, small_disk: Path
) -> None:
    for speaker in ("ann", "bob"):
        person = community.person(speaker)
        for real in reals:
            community.clip(person, real)
    code = "import sys; from validation_app.command import main; sys.exit(main())"
    done = subprocess.run(
        [
            *(sys.executable, "-c", code, "export-release"),
            *("--data", community.data, "--out", small_disk / "releases"),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"validation-app: {small_disk}/releases: no space is left on the disk. Free some space and "
        "run the same command again\n"
    )
    assert list((small_disk / "releases").iterdir()) == []
