"""Ctrl-C and SIGTERM: what is in hand is finished, the way on is said, the rerun loses nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.interruption import (
    InterruptedRunError,
    finishing_what_is_in_hand,
    stop_if_asked,
)

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
Wait = Callable[[Callable[[], bool]], None]
Digests = Callable[[Path], dict[str, str]]

SAID = "import-corpus: interrupted; the same command goes on where it stopped\n"


def shards(target: Path) -> int:
    return len(list((target / ".import" / "shards").glob("*.json")))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_in_hand_is_finished(
    start_import: Start, large_archive: Path, tmp_path: Path, wait_for: Wait, number: signal.Signals
) -> None:
    with start_import(tmp_path, large_archive) as first:
        wait_for(lambda: shards(tmp_path) >= 1)
        os.killpg(first.pid, number)  # as a terminal does
        _, said = first.communicate(timeout=60)
    assert (first.returncode, said) == (130, SAID)
    assert shards(tmp_path) < 6  # the rest was left for the next run
    wavs = {path.stem for path in tmp_path.glob("clips/*/*.wav")}
    finished = "".join(path.read_text() for path in (tmp_path / ".import/shards").glob("*.json"))
    assert all(f'"{stem}"' in finished for stem in wavs)


def test_before_and_after_the_conversion(
    start_import: Start, run_import: Run, digits_archive: Path, tmp_path: Path, wait_for: Wait
) -> None:
    with start_import(tmp_path, digits_archive) as first:
        wait_for(lambda: (tmp_path / ".import" / "tables").exists())
        first.terminate()
        _, said = first.communicate(timeout=60)
    assert (first.returncode, said) == (130, SAID)
    assert run_import(tmp_path, digits_archive).returncode == 0


def test_with_workers_in_other_processes(
    start_import: Start, run_import: Run, large_archive: Path, tmp_path: Path, wait_for: Wait
) -> None:
    runner = ("--runner", "FnApiRunner", "--direct_running_mode", "multi_processing")
    with start_import(tmp_path, large_archive, *runner, "--direct_num_workers", 2) as first:
        wait_for(lambda: shards(tmp_path) >= 1)
        first.send_signal(signal.SIGINT)
        _, said = first.communicate(timeout=60)
    assert (first.returncode, said) == (130, SAID)
    assert run_import(tmp_path, large_archive).returncode == 0


def test_nothing_is_asked_without_a_signal(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    with finishing_what_is_in_hand(tmp_path / "stop"):
        stop_if_asked(tmp_path / "stop")
    assert signal.getsignal(signal.SIGINT) is before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_block_goes_on_after_a_signal_and_then_says_so(
    tmp_path: Path, number: signal.Signals, wait_for: Wait
) -> None:
    mark = tmp_path / "stop"
    with pytest.raises(InterruptedRunError), finishing_what_is_in_hand(mark):
        os.kill(os.getpid(), number)
        wait_for(mark.exists)
        with pytest.raises(InterruptedRunError, match="the same command goes on"):
            stop_if_asked(mark)
    assert not mark.exists()


def test_an_ignored_ctrl_c_stays_ignored(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with finishing_what_is_in_hand(tmp_path / "stop"):
            os.kill(os.getpid(), signal.SIGINT)
            stop_if_asked(tmp_path / "stop")
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_signal_that_a_librarys_thread_gets_is_noted_while_the_main_thread_waits(
    tmp_path: Path, wait_for: Wait
) -> None:
    mark, noted, over = tmp_path / "stop", threading.Event(), threading.Event()
    librarys = threading.Thread(target=over.wait)  # its signals are not blocked

    def press() -> None:
        assert librarys.ident
        signal.pthread_kill(librarys.ident, signal.SIGINT)
        with contextlib.suppress(AssertionError):
            wait_for(mark.exists)
            noted.set()
        over.set()

    librarys.start()
    with pytest.raises(InterruptedRunError), finishing_what_is_in_hand(mark):
        threading.Thread(target=press).start()
        over.wait()
    librarys.join()
    assert noted.is_set()


def test_a_second_signal_ends_the_process_at_once(tmp_path: Path, checkout: Path) -> None:
    program = (
        "import os, signal, sys, time; from pathlib import Path\n"
        "from pipelines.interruption import finishing_what_is_in_hand\n"
        "mark = Path(sys.argv[1])\n"
        "with finishing_what_is_in_hand(mark):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    while not mark.exists(): pass\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    time.sleep(60)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path / "stop"], cwd=checkout)
    assert done.returncode == 130


def test_where_no_mark_can_be_made_the_first_signal_ends_the_process(
    tmp_path: Path, checkout: Path
) -> None:
    program = (
        "import os, signal, sys, time; from pathlib import Path\n"
        "from pipelines.interruption import finishing_what_is_in_hand\n"
        "with finishing_what_is_in_hand(Path(sys.argv[1])):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    time.sleep(60)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "absent" / "stop"],
        cwd=checkout, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, SAID.removeprefix("import-corpus: "))
