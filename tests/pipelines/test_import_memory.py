"""Memory: bounded by what is in hand, not by how large a release is."""

import io
import os
import random
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROWS = 2_600_000
READ_PROGRAM = """
import sys
from pathlib import Path
from importers.corpora.common_voice import INFO, read
from importers.corpus import ReadOptions
from importers.report import Reject
from pipelines.import_labels import Judge, LabelRules
from pipelines.import_splits import Labeller

rules = LabelRules(split=sys.argv[2])
labeller = Labeller(INFO, rules)
for row in Judge(rules)(read(Path(sys.argv[1]), ReadOptions())):
    assert not isinstance(row, Reject), row
    labeller.add(row)
labels, notes = labeller.decide()
print(len(labels), peak())
"""
IMPORT_PROGRAM = """
import sys
from pathlib import Path
from pipelines.import_command import main

sys.argv[0] = "import-cv"
code = main()
print(code, peak())
"""
# In KiB. Unlike ru_maxrss it is not that of the process which started this one.
PEAK = """
def peak():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


def write_table(path: Path) -> None:
    """2.6 million rows as wide as those of English 25.0, by 100,000 speakers."""
    dice = random.Random(0)
    words = [f"{a}{b}" for a in "bdfgklmnprst" for b in ("alo", "eni", "ira", "osu", "uta")]
    speakers = [f"{number:0128x}" for number in range(100_000)]
    with path.open("w", encoding="utf-8") as stream:
        stream.write("client_id\tpath\tsentence_id\tsentence\tup_votes\tdown_votes\tlocale\n")
        for number in range(ROWS):
            sentence = " ".join(dice.choices(words, k=10))
            stream.write(
                f"{dice.choice(speakers)}\tcommon_voice_en_{number + 10**7}.mp3\t{number:064x}\t"
                f"{sentence}\t2\t0\ten\n"
            )


@pytest.mark.slow
def test_a_table_of_2_600_000_rows_is_read_in_2_gb(tmp_path: Path, checkout: Path) -> None:
    """By the split rule that holds most: it needs the names of all clips in order."""
    write_table(tmp_path / "validated.tsv")
    done = subprocess.run(
        [sys.executable, "-c", PEAK + READ_PROGRAM, str(tmp_path), "corpora-creator"],
        capture_output=True,
        text=True,
        cwd=checkout,
        check=True,
    )
    rows, peak_kib = map(int, done.stdout.split())
    assert rows == ROWS
    assert peak_kib * 1024 < 2e9


@pytest.mark.slow
def test_audio_in_flight_is_bounded(tmp_path: Path, checkout: Path) -> None:
    """1.2 GB of what poses as audio goes through an import in half of that."""
    count, megabyte = 1200, os.urandom(1_000_000)
    table = "path\tsentence\n" + "".join(f"clip{number}.mp3\thello\n" for number in range(count))
    archive = tmp_path / "cv.tar"
    with tarfile.open(archive, "w") as tar:
        for name, content in [("cv/en/validated.tsv", table.encode())] + [
            (f"cv/en/clips/clip{number}.mp3", megabyte) for number in range(count)
        ]:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    done = subprocess.run(
        [sys.executable, "-c", PEAK + IMPORT_PROGRAM, str(tmp_path / "out"), str(archive)],
        capture_output=True,
        text=True,
        cwd=checkout,
        check=True,
    )
    assert "read 1,200 clips: imported 0 (0.00 h), rejected 1,200" in done.stdout
    code, peak_kib = map(int, done.stdout.splitlines()[-1].split())
    assert code == 1  # for nothing of it is audio
    assert peak_kib < 600_000, f"{peak_kib} KiB"
