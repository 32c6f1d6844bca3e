"""What commands say and how: progress, errors in one line, exit codes, the same flags everywhere.

Data goes to stdout, talk to stderr. Exit codes: 0 done, 1 the work failed, 2 wrong usage, 130
interrupted.
"""

import argparse
import contextlib
import importlib.util
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Self

from tqdm import tqdm

from importers.errors import MynaError, UsageError

PACKAGES = ("importers", "lm", "native", "pipelines", "trainer", "validation_app")
_INTERRUPTED = 130


def parser(description: str, example: str, *, prog: str | None = None) -> argparse.ArgumentParser:
    """An argument parser whose ``-h`` shows every default and one example."""
    made = argparse.ArgumentParser(
        prog=prog,
        description=description,
        epilog=f"example:\n  {example}",
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("--version", action="version", version=version())
    return made


class _HelpFormatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Shows the defaults that there are, and keeps the line breaks of the example."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or action.default is False:
            return action.help
        return super()._get_help_string(action)


def version() -> str:
    """The version and where it is installed."""
    return f"myna {metadata.version('myna-speech')} ({_home()})"


def run(main: Callable[[Sequence[str]], None], arguments: Sequence[str], prog: str) -> int:
    """Call a command's main; the exit code, with one line on stderr where the user must know."""
    # Libraries warn of their own absent options, which is no business of the user.
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    try:
        check_installation()
        main(arguments)
        sys.stdout.flush()
    except MynaError as error:
        return _fail(prog, str(error), error.exit_code)
    except BrokenPipeError:
        # Whoever read our stdout has gone (`| head`): nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(prog, f"{where}{error.strerror or error}", 1)
    except KeyboardInterrupt:
        return _fail(prog, "interrupted; the same command goes on where it stopped", _INTERRUPTED)
    return 0


def check_installation() -> None:
    """Raises UsageError when another project's package stands in one of our places."""
    home = _home()
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        origin = spec.origin if spec else None
        if origin is None or Path(origin).resolve().parent.parent != home:
            raise UsageError(
                f"the package {package!r} in use is not Myna's ({origin or 'none is installed'}; "
                f"Myna's are in {home}). Install Myna into a virtual environment of its own"
            )


def _home() -> Path:
    return Path(__file__).resolve().parent.parent


def _fail(prog: str, message: str, code: int) -> int:
    print(f"{prog}: {message}", file=sys.stderr)
    return code


@contextlib.contextmanager
def library_messages_to(log: Path) -> Iterator[None]:
    """While the block runs, what C libraries print to stderr goes to ``log``; ours still is seen.

    (The MP3 decoder inside libsndfile complains there of odd files, and cannot be told not to.)
    """
    sys.stderr.flush()
    ours, python_stderr = os.dup(2), sys.stderr
    with log.open("ab") as stream:
        os.dup2(stream.fileno(), 2)
    # Line by line, as stderr is everywhere: who watches a log file waits for no buffer.
    sys.stderr = os.fdopen(
        ours, "w", buffering=1, encoding=python_stderr.encoding, errors="backslashreplace"
    )
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(ours, 2)
        sys.stderr.close()
        sys.stderr = python_stderr


class HoursProgress:
    """A progress bar in hours of audio, shown on a terminal only.

    ``total_hours`` may be None while it is unknown; the bar then counts without an ETA.
    """

    def __init__(self, label: str, total_hours: float | None) -> None:
        self._bar = tqdm(
            desc=label,
            total=total_hours,
            disable=None,
            bar_format=(
                "{desc}: {n:.2f} of {total:.2f} h |{bar}| {rate_fmt}, {remaining} left"
                if total_hours
                else "{desc}: {n:.2f} h, {rate_fmt}"
            ),
            unit=" h",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def show(self, hours: float) -> None:
        """Set how many hours are done."""
        self._bar.update(hours - self._bar.n)


class BytesProgress:
    """A progress bar over a file that is read from front to back, shown on a terminal only."""

    def __init__(self, label: str, total_bytes: int) -> None:
        self._bar = tqdm(
            desc=label,
            total=total_bytes,
            disable=None,
            unit="B",
            unit_scale=True,
            unit_divisor=1000,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def show(self, position: int) -> None:
        """Set the position in the file, in bytes."""
        self._bar.update(position - self._bar.n)
