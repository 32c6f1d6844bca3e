import signal
from pathlib import Path

import pytest

from lm.program_log import LanguageModelError, ProgramLog


def test_a_program_that_was_ended_is_said_with_what_helps(tmp_path: Path) -> None:
    log = ProgramLog("build_binary", tmp_path)
    for number, help_ in (
        (signal.SIGBUS, ", as happens where the disk of --out is full. Free some space there"),
        (signal.SIGKILL, ", as systems end programs that take too much memory. Try less --memory"),
        (signal.SIGSEGV, ""),
    ):
        with pytest.raises(LanguageModelError) as caught:
            log.fail(-number)
        assert str(caught.value) == f"build_binary was ended by {number.name}{help_}"
    with pytest.raises(KeyboardInterrupt):
        log.fail(-signal.SIGINT)
    log.stream.close()


def test_the_file_that_a_program_could_not_read_is_named(tmp_path: Path) -> None:
    log = ProgramLog("build_binary", tmp_path)
    log.stream.write(b'reading\nCould not parse "-" into a float\nERROR\n')
    log.stream.close()
    with pytest.raises(
        LanguageModelError, match=r"^x.arpa: build_binary: Could not parse .* float"
    ):
        log.fail(1, about=Path("x.arpa"))
