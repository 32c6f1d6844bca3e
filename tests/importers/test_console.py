"""What commands say: one line for a user's mistake, and what C libraries print kept apart."""

import ctypes
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from importers.console import byte_count, hours_progress, library_messages_to, parser, run, say
from importers.errors import ArchiveError, UsageError


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ArchiveError("x.tar.gz: is cut"), 1, "import-cv: x.tar.gz: is cut\n"),
        (UsageError("name a corpus"), 2, "import-cv: name a corpus\n"),
        (PermissionError(13, "Permission denied", "/x"), 1, "import-cv: /x: Permission denied\n"),
    ],
)
def test_errors_are_one_line_and_an_exit_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(arguments: Sequence[str]) -> None:
        raise error

    assert run(main, [], "import-cv") == code
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    ("resumes", "what"), [(True, "goes on where it stopped"), (False, "begins anew")]
)
def test_ctrl_c_says_what_the_same_command_does_next(
    resumes: bool, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(arguments: Sequence[str]) -> None:
        raise KeyboardInterrupt

    assert run(main, [], "x", resumes=resumes) == 130
    assert capsys.readouterr().err == f"x: interrupted; the same command {what}\n"


def test_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda arguments: print(*arguments), ["a", "b"], "x") == 0
    assert capsys.readouterr() == ("a b\n", "")


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    def main(arguments: Sequence[str]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(main, [], "x")


def test_a_reader_that_goes_away_is_no_error(checkout: Path) -> None:
    program = (
        "from importers.console import run\n"
        "raise SystemExit(run(lambda _: print('x' * 10_000_000), [], 'x'))"
    )
    done = subprocess.run(
        f'{sys.executable} -c "{program}" | head -c 1',
        shell=True,
        capture_output=True,
        text=True,
        cwd=checkout,
    )
    assert (done.stdout, done.stderr) == ("x", "")


def test_help_shows_defaults_that_there_are_and_the_example() -> None:
    made = parser("Does things.", "things --now /data", prog="things")
    made.add_argument("--size", type=int, default=3, help="how large")
    made.add_argument("--name", help="how called")
    text = made.format_help()
    assert "how large (default: 3)" in text
    assert "how called\n" in text
    assert text.endswith("example:\n  things --now /data\n")


def test_what_c_libraries_print_goes_to_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    libc = ctypes.CDLL(None)
    with library_messages_to(log):
        os.write(2, b"Warning: Xing stream size off\n")
        libc.perror(b"from C")
        print("ours", file=sys.stderr)
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "ours\nafter\n"
    assert log.read_text().startswith("Warning: Xing stream size off\nfrom C: ")


def test_progress_on_a_terminal_without_a_size(checkout: Path) -> None:
    program = (
        "from importers.console import hours_progress\n"
        "with hours_progress('converting', 2.0) as progress: progress.show(1.5)"
    )
    shown = bytearray()

    def read(terminal: int) -> bytes:
        shown.extend(output := os.read(terminal, 1024))
        return output

    before = Path.cwd()
    os.chdir(checkout)
    try:
        pty.spawn([sys.executable, "-c", program], read)
    finally:
        os.chdir(before)
    assert b"converting  75% |" in shown
    assert b"| 1.50 of 2.00 h of audio, " in shown


def test_progress_is_quiet_when_piped(capfd: pytest.CaptureFixture[str]) -> None:
    with hours_progress("converting", 2.0) as progress:
        progress.show(1.5)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (999_600, "1 MB"),
        (94_312_000_000, "94.3 GB"),
        (4.8e12, "4.8 TB"),
    ],
)
def test_byte_counts(number: float, text: str) -> None:
    assert byte_count(number) == text


def test_lines_are_seen_at_once_while_libraries_are_kept_quiet(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with library_messages_to(tmp_path / "log"):
        print("epoch 1", file=sys.stderr)
        assert capfd.readouterr().err == "epoch 1\n"


def test_what_is_said_goes_to_stderr_whole(capsys: pytest.CaptureFixture[str]) -> None:
    say("epoch 1\n  true  x")
    assert capsys.readouterr() == ("", "epoch 1\n  true  x\n")
