"""Has uploads decoded by child processes, and says what a child's end means."""

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from validation_app.recordings import audio_child
from validation_app.recordings.audio_measure import Measures

TIMEOUT_SECONDS: Final = 30.0
"""Of the clock; the child's own limit is 10 s of CPU time, which comes first on an idle machine."""

_HOME: Final = Path(__file__).resolve().parents[2]
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH")
_log = logging.getLogger(__name__)


class BadUploadError(Exception):
    """The upload is at fault; ``problem`` is a code: not-audio, too-short, too-long, too-quiet."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class ConverterError(Exception):
    """The server is at fault, or too busy: the same upload may be taken later."""


def convert_upload(upload: Path, target: Path, timeout: float = TIMEOUT_SECONDS) -> Measures:
    """Decode ``upload`` in a child process, which writes the MP3 ``target``; the clip's measures.

    Temporary files go beside the target. Raises BadUploadError for what is no audio, is not within
    the limits, or takes the child down; ConverterError where time, ffmpeg or the disk fail.
    """
    code, answer, words = _run_child(upload, target, timeout)
    if code == audio_child.NOT_OUR_DAY:
        _log.error("an upload could not be converted: %s", words)
        raise ConverterError(words)
    if code != 0:
        _log.warning("an upload took its decoder down (exit code %d): %s", code, words[-500:])
        raise BadUploadError("not-audio")
    told = json.loads(answer)
    if "problem" in told:
        raise BadUploadError(told["problem"])
    return Measures(**told)


def _run_child(upload: Path, target: Path, timeout: float) -> tuple[int, str, str]:
    child = subprocess.Popen(
        # -P: the folder that it is started in is not for modules.
        [
            sys.executable,
            "-P",
            "-m",
            "validation_app.recordings.audio_child",
            str(upload),
            str(target),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(target.parent),
        start_new_session=True,  # so that ffmpeg can be ended with it
    )
    try:
        answer, words = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise ConverterError(f"the decoder did not end within {timeout:g} s") from None
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
    return child.returncode, answer, words.strip()


def _environment(temporary: Path) -> dict[str, str]:
    """Nothing of the server's own, which may hold secrets."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | {
        "LC_ALL": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": str(_HOME),
        "TMPDIR": str(temporary),
    }
