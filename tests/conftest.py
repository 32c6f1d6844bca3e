"""What all tests share: the real test data, and small releases made on the spot."""

import hashlib
import json
import math
import os
import signal
import struct
import subprocess
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
REQUIRE_ALL = os.environ.get("MYNA_REQUIRE_ALL") == "1"

CLIP_COLUMNS = [
    "client_id", "path", "sentence_id", "sentence", "sentence_domain", "up_votes", "down_votes",
    "age", "gender", "accents", "variant", "locale", "segment",
]  # fmt: skip

WriteTable = Callable[[Path, Sequence[Mapping[str, str]]], Path]


# How long an example takes is the machine's matter: no test asserts times.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_configure() -> None:
    """Started in the background of a shell, the tests and what they start would ignore Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With MYNA_REQUIRE_ALL=1 a skipped test is a failure, whatever it lacks."""
    report = yield
    if REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, where nothing may be skipped: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Real speech and text: the folder in MYNA_TEST_DATA, or ../shared/data beside the checkout."""
    folder = Path(os.environ.get("MYNA_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        message = f"no test data: {folder} is no folder; set MYNA_TEST_DATA"
        if REQUIRE_ALL:
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def spoil_probability() -> Callable[[Path, str], None]:
    """Puts a NaN into a package of the layout "probing", for a sentence's first word.

    Its digests then are those of the file: as if it had been damaged before they were taken.
    """

    import kenlm  # an oracle that not every set of packages has

    def spoil(package: Path, sentence: str) -> None:
        binary, about = package / "lm.binary", package / "lm.json"
        (value, *_), *_ = kenlm.Model(str(binary)).full_scores(sentence)
        content = binary.read_bytes()
        for sign in (-1, 1):  # KenLM keeps a flag in it
            content = content.replace(struct.pack("<f", sign * value), struct.pack("<f", math.nan))
        binary.write_bytes(content)
        told = json.loads(about.read_text(encoding="utf-8"))
        told["sha256"]["lm.binary"] = hashlib.sha256(content).hexdigest()
        about.write_text(json.dumps(told), encoding="utf-8")

    return spoil


@pytest.fixture(scope="session")
def write_clips() -> WriteTable:
    """Writes a clip table as today's releases have it; columns that a row lacks stay empty."""

    def write(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
        lines = ["\t".join(CLIP_COLUMNS)]
        lines += ["\t".join(row.get(column, "") for column in CLIP_COLUMNS) for row in rows]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
        return path

    return write


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB. Only root may mount one: without, what needs it is skipped and says so."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        reason = f"cannot mount a small disk: {mounted.stderr.strip()}"
        if REQUIRE_ALL:
            pytest.fail(reason)
        pytest.skip(reason)
    yield folder
    subprocess.run(["umount", folder], check=True)
