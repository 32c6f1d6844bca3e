"""Locks: held by one, let go when the holder ends, taken again where a folder was moved away."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from importers.errors import StorageError
from importers.lock import hold_file, hold_folder, open_held

HOLDER = """
import sys
from pathlib import Path
from importers.lock import hold_file
with hold_file(Path(sys.argv[1]), Path("/data/x"), "import"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_file_is_held_by_one_process_and_let_go_when_it_is_killed(
    tmp_path: Path, checkout: Path
) -> None:
    lock = tmp_path / "lock"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(StorageError) as caught, hold_file(lock, Path("/data/x"), "training"):
        pass
    node = os.uname().nodename
    assert str(caught.value) == (
        f"/data/x: another training is at work here (process {process.pid} on {node}). "
        "Wait for it, or choose another target"
    )
    process.kill()
    process.communicate(timeout=30)
    with hold_file(lock, Path("/data/x"), "training"):
        assert lock.read_text() == f"process {os.getpid()} on {node}\n"


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    folder, target = tmp_path / "folder", Path("/data/lm")
    with hold_folder(folder, target, "build-lm"):
        with (
            pytest.raises(StorageError) as caught,
            hold_folder(folder, target, "build-lm"),
        ):
            pass
        assert str(caught.value) == (
            "/data/lm: another build-lm is at work here. Wait for it, or choose another target"
        )
    with hold_folder(folder, target, "build-lm"):
        pass


def test_a_holder_may_take_its_folder_away(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with hold_folder(folder, folder, "writer"):
        folder.rename(tmp_path / "moved")
        with hold_folder(folder, folder, "writer"):
            assert folder.is_dir()


def test_no_two_ever_hold_a_folder_that_comes_and_goes(tmp_path: Path) -> None:
    """Each holder removes the folder before it lets go, as a build does."""
    folder = tmp_path / "folder"
    inside, most, held = 0, 0, 0
    count = threading.Lock()

    def work() -> None:
        nonlocal inside, most, held
        for _ in range(300):
            try:
                with hold_folder(folder, folder, "writer"):
                    with count:
                        inside, held = inside + 1, held + 1
                        most = max(most, inside)
                    (folder / "mine").touch()
                    with count:
                        inside -= 1
                    shutil.rmtree(folder)
            except StorageError:
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert held > 0
    assert not folder.exists()


def test_no_two_ever_hold_a_file_that_comes_and_goes(tmp_path: Path) -> None:
    """Each holder renames the file before it lets go, as a download does."""
    path = tmp_path / "part"
    inside, most, held = 0, 0, 0
    count = threading.Lock()

    def work() -> None:
        nonlocal inside, most, held
        for _ in range(300):
            try:
                stream = open_held(path, path, "download")
            except StorageError:
                continue
            with stream:
                with count:
                    inside, held = inside + 1, held + 1
                    most = max(most, inside)
                assert stream.tell() == 0  # none but its holder has written to it
                stream.write(b"x")
                with count:
                    inside -= 1
                path.replace(tmp_path / "whole")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert held > 0
    assert not path.exists()
