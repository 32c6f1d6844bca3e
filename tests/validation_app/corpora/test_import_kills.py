"""kill -9 of an import at any moment: the same command again, and nothing tells."""

import contextlib
import random
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.validation_app.recorded_audio import real_clips
from tests.validation_app.running import COMMAND, ROOT, running
from validation_app.database.tables import Clip, Person, Sentence
from validation_app.settings import Settings
from validation_app.web.server import open_context

WriteTable = Callable[[Path, Sequence[Mapping[str, str]]], Path]
CLIPS = 400
# What can be seen when an import has got so far; up to some milliseconds later it is killed.
MOMENTS = {
    "import.lock": 0.2,
    "incoming/*/tables": 0.05,
    "incoming/*/plan.sqlite": 0.05,
    "incoming/*/0.mp3": 0.3,
    "incoming/*/announced.json": 0.005,
    "clips/*/*.mp3": 0.005,
    "clips/*/copy-2*.mp3": 0.05,
    "import-rejects.csv": 0.0,
}


@pytest.fixture(scope="module")
def archive(
    test_data: Path, write_clips: WriteTable, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A release of 400 clips (some real ones, many times over), and one that is no audio."""
    folder = tmp_path_factory.mktemp("release")
    root = folder / "cv-corpus-9.0-2022-04-27" / "en"
    (root / "clips").mkdir(parents=True)
    sounds = sorted(real_clips(test_data), key=lambda clip: clip.stat().st_size)[:10]
    table = []
    for number in range(CLIPS):
        shutil.copyfile(sounds[number % 10], root / "clips" / f"copy-{number}.mp3")
        table.append({
            "client_id": f"speaker {number % 7}", "path": f"copy-{number}.mp3",
            "sentence": f"Sentence {number % 90}.", "up_votes": str(number % 4), "down_votes": "1",
        })  # fmt: skip
    (root / "clips" / "bad.mp3").write_text("<html>")
    write_clips(root / "other.tsv", [*table, {"path": "bad.mp3", "sentence": "Bad."}])
    target = folder / "cv-corpus-9.0-2022-04-27-en.tar.gz"
    with tarfile.open(target, "w:gz") as tar:
        tar.add(root.parent, root.parent.name)
    return target


def start(data: Path, archive: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "import", "--data", str(data), str(archive)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def finish(data: Path, archive: Path) -> str:
    with start(data, archive) as process:
        out, said = process.communicate()
    assert (process.returncode, said) == (0, "")
    return out


def result(data: Path) -> object:
    """All that an import makes, but for moments, numbers and random names."""
    context = open_context(Settings(data))
    with context.reading() as session:
        clips = session.execute(
            select(
                Clip.path, Clip.text, Clip.digest, Clip.duration_ms, Clip.verdict, Person.client_id
            ).join(Person, Clip.person_id == Person.id).order_by(Clip.path)
        ).all()  # fmt: skip
        sentences = session.execute(
            select(Sentence.text, Sentence.clips_count, Sentence.has_valid_clip)
            .order_by(Sentence.text)
        ).all()  # fmt: skip
        people = session.scalars(select(Person.client_id).order_by(Person.client_id)).all()
    context.engine.dispose()
    files = sorted(str(path.relative_to(data / "clips")) for path in data.glob("clips/*/*.mp3"))
    assert files == [clip.path for clip in clips]
    assert list((data / "incoming").iterdir()) == []
    rejects = (data / "import-rejects.csv").read_text()
    return [tuple(row) for row in clips], [tuple(row) for row in sentences], people, rejects


@pytest.fixture(scope="module")
def whole(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> object:
    """What an import makes that nobody interrupts."""
    data = tmp_path_factory.mktemp("whole")
    assert "imported 400 clips; 0 were there before; rejected 1" in finish(data, archive)
    return result(data)


def kill_at(data: Path, archive: Path, moment: str, delay: float) -> bool:
    """False when the import was through before."""
    data.mkdir(exist_ok=True)
    with start(data, archive) as process:
        while process.poll() is None and next(data.glob(moment), None) is None:
            time.sleep(0.0005)
        time.sleep(delay)
        process.kill()
        process.communicate()
    return process.returncode == -9


def kill_and_compare(folder: Path, archive: Path, whole: object, moments: Sequence[str]) -> int:
    dice = random.Random(9)
    kills = 0
    for number, moment in enumerate(moments):
        data = folder / str(number)
        delay = dice.uniform(0, MOMENTS[moment])
        # Some are killed twice, at another moment of what is left.
        for _ in range(1 + number % 2):
            kills += kill_at(data, archive, moment, delay)
        finish(data, archive)
        assert result(data) == whole, moment
        shutil.rmtree(data)
    return kills


def test_kills_each_followed_by_the_same_command(
    tmp_path: Path, archive: Path, whole: object
) -> None:
    moments = ["incoming/*/announced.json", "clips/*/*.mp3"]
    assert kill_and_compare(tmp_path, archive, whole, moments) >= 2


@pytest.mark.slow
def test_kills_at_every_moment(tmp_path: Path, archive: Path, whole: object) -> None:
    assert kill_and_compare(tmp_path, archive, whole, 2 * list(MOMENTS)) >= 12


def test_a_server_may_run_meanwhile(tmp_path: Path, archive: Path, whole: object) -> None:
    """It gives out what has come, and its sweep leaves the import alone."""
    with running(tmp_path) as server, start(tmp_path, archive) as process:
        with contextlib.closing(server.person()) as ann:
            while not (clips := ann.get("/api/clips").json()["clips"]):
                time.sleep(0.05)
            assert ann.get(clips[0]["audio"]).status_code == 200
            voted = ann.put(f"/api/clips/{clips[0]['id']}/vote", json={"is_valid": True})
            assert voted.status_code == 200
        assert process.poll() is None  # still at it
        process.communicate()
        assert process.returncode == 0
    context = open_context(Settings(tmp_path))
    with context.writing() as session:  # the one vote taken back
        clip = session.get_one(Clip, clips[0]["id"])
        assert clip.up_votes == clip.given_up_votes + 1
        clip.verdict = "other"
    context.engine.dispose()
    assert result(tmp_path)[0] == whole[0]  # type: ignore[index]
