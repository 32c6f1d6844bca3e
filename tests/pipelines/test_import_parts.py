"""Corpora that are published in parts: several archives as one import, by sets, and downloaded."""

import contextlib
import functools
import hashlib
import json
import shutil
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from importers.corpora import librispeech
from importers.corpus import PublishedArchive
from importers.errors import UsageError
from importers.report import ImportReport
from pipelines import import_command
from pipelines.import_corpus import ImportRequest, import_corpus
from pipelines.import_options import ImportOptions
from pipelines.produce_import import CorpusImport
from pipelines.stages import Stages

Digests = Callable[[Path], dict[str, str]]
READERS = {"dev-clean": "1688", "test-clean": "2414", "train-clean-100": "3331"}


@pytest.fixture(scope="module")
def archives(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sets of ten real clips each, as archives; every one has LibriSpeech's own tables."""
    folder = tmp_path_factory.mktemp("archives")
    source = test_data / "LibriSpeech"
    for name, reader in READERS.items():
        with tarfile.open(folder / f"{name}.tar.gz", "w:gz", compresslevel=1) as tar:
            tar.add(source / "SPEAKERS.TXT", "LibriSpeech/SPEAKERS.TXT")
            tar.add(source / "test-other" / reader, f"LibriSpeech/{name}/{reader}")
    return folder


def put(archives: Path, target: Path, *names: str) -> Path:
    target.mkdir(exist_ok=True)
    for name in names:
        shutil.copy(archives / f"{name}.tar.gz", target)
    return target


def run(target: Path, source: Path | None = None, **values: str) -> ImportReport:
    return import_corpus(ImportRequest("librispeech", target, source, values=values))


def clips(target: Path) -> dict[str, int]:
    """Of each set that has any."""
    sets = json.loads((target / "report.json").read_text())["sets"]
    return {name: one["clips"] for name, one in sets.items() if one["clips"]}


def converted(target: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in target.glob("clips/*/*.wav")}


ALL = {"librispeech-train": 10, "librispeech-dev": 10, "librispeech-test": 10}


def test_archives_and_folders_in_the_target_are_one_import(archives: Path, tmp_path: Path) -> None:
    target = put(archives, tmp_path / "target", "dev-clean", "test-clean")
    with tarfile.open(archives / "train-clean-100.tar.gz") as tar:
        tar.extractall(target / "unpacked", filter="data")
    report = run(target)
    assert report.source == "dev-clean.tar.gz + test-clean.tar.gz + unpacked/LibriSpeech"
    assert (report.read, report.imported, report.rejected) == (30, 30, 0)
    assert clips(target) == ALL
    before = converted(target)
    assert run(target).imported == 30
    assert converted(target) == before
    assert len(list((target / ".import" / "shards").iterdir())) == 3


def test_a_part_that_comes_later_joins(archives: Path, digests: Digests, tmp_path: Path) -> None:
    target = put(archives, tmp_path / "target", "test-clean")
    assert run(target).read == 10
    before = converted(target)
    put(archives, target, "dev-clean", "train-clean-100")
    assert run(target).imported == 30
    assert before.items() <= converted(target).items()
    assert clips(target) == ALL
    at_once = put(archives, tmp_path / "at once", *READERS)
    assert run(at_once).imported == 30
    wavs = [
        {name: digest for name, digest in digests(one).items() if name.startswith("clips/")}
        for one in (target, at_once)
    ]
    assert wavs[0] == wavs[1]
    # What has been converted may go.
    (target / "test-clean.tar.gz").unlink()
    assert run(target).imported == 30


def test_a_folder_or_an_archive_may_be_named(archives: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    assert run(target, archives / "dev-clean.tar.gz").imported == 10
    assert run(target, archives).imported == 30
    assert clips(target) == ALL


def test_the_same_archive_twice_counts_once(archives: Path, tmp_path: Path) -> None:
    target = put(archives, tmp_path / "target", "dev-clean")
    shutil.copy(target / "dev-clean.tar.gz", target / "copy of dev-clean.tar.gz")
    assert run(target).read == 10


def test_sets_are_read_and_convert_nothing_again(archives: Path, tmp_path: Path) -> None:
    target = put(archives, tmp_path / "target", *READERS)
    (target / "train-clean-100.tar.gz").write_bytes(b"not an archive at all")
    assert run(target, sets="dev-clean").imported == 10  # and only that one is opened
    put(archives, target, "train-clean-100")
    assert run(target).imported == 30
    before = converted(target)
    report = run(target, sets="dev-clean,train-clean-100")
    assert (report.read, report.imported) == (20, 20)
    assert "option changed: sets was not set, now dev-clean,train-clean-100" in report.notes
    assert clips(target) == {"librispeech-train": 10, "librispeech-dev": 10}
    assert converted(target) == before


def test_a_folder_of_all_sets_is_limited_too(archives: Path, tmp_path: Path) -> None:
    for name in READERS:
        with tarfile.open(archives / f"{name}.tar.gz") as tar:
            tar.extractall(tmp_path / "source", filter="data")
    assert run(tmp_path / "target", tmp_path / "source", sets="test-clean").read == 10
    assert clips(tmp_path / "target") == {"librispeech-test": 10}


def test_an_archive_of_something_else_is_named(archives: Path, tmp_path: Path) -> None:
    target = put(archives, tmp_path / "target", "dev-clean")
    with tarfile.open(target / "original-mp3.tar", "w") as tar:
        tar.add(archives / "dev-clean.tar.gz", "x.mp3")
    with pytest.raises(UsageError, match=r"original-mp3\.tar: holds no LibriSpeech release"):
        run(target)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def published(archives: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The three archives are all of LibriSpeech, and are published on this machine."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(archives))
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    known = []
    for name in READERS:
        content = (archives / f"{name}.tar.gz").read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        known.append(PublishedArchive(name, f"{url}/{name}.tar.gz", len(content), sha256))
    info = replace(librispeech.INFO, archives=tuple(known))
    monkeypatch.setattr(librispeech, "INFO", info)
    yield archives
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs ``import-librispeech`` in this process; its exit code."""

    def run_command(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["import-librispeech", *map(str, arguments)])
        return import_command.main()

    return run_command


def test_one_command_downloads_and_imports(
    published: Path, command: Callable[..., int], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "new"
    assert command(target, "--download", "--sets", "test-clean,dev-clean") == 0
    shown = capfd.readouterr()
    assert "read 20 clips: imported 20" in shown.out
    assert "dev-clean.tar.gz: " in shown.err and "train-clean-100" not in shown.err
    assert clips(target) == {"librispeech-dev": 10, "librispeech-test": 10}
    before = converted(target)
    assert command(target, "--download") == 0
    shown = capfd.readouterr()
    assert "option changed: sets was dev-clean,test-clean, now not set" in shown.out
    assert "train-clean-100.tar.gz: " in shown.err and "dev-clean.tar.gz" not in shown.err
    assert clips(target) == ALL
    assert before.items() <= converted(target).items()


def test_a_part_that_is_not_there_yet_is_said(
    published: Path, command: Callable[..., int], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = put(published, tmp_path / "target", "dev-clean")
    (target / "test-clean.tar.gz.part").write_bytes(b"\x1f\x8b")
    notes = {"source": "https://x.org/test-clean.tar.gz", "version": {"etag": "v"}}
    (target / "test-clean.tar.gz.part.json").write_text(json.dumps({**notes, "refuted": None}))
    assert command(target) == 0
    said = "download: https://x.org/test-clean.tar.gz is not finished, and not in this import"
    assert said in capfd.readouterr().out


def test_produce_model_takes_up_what_it_has_fetched(
    published: Path, archives: Path, command: Callable[..., int], tmp_path: Path
) -> None:
    """Where nothing is fetched and nothing is said, an import that stands is left as it is."""
    target = put(archives, tmp_path / "target", "dev-clean")
    assert command(target) == 0
    put(archives, target, "test-clean")
    said: list[str] = []
    for fetched in (False, True):
        stages = Stages(target / ".produce", said.append)
        one = CorpusImport("librispeech", target, None, ImportOptions(), 1, fetched)
        one.run(stages, said.append)
    assert said == ["import: unchanged", "import ..."]
    assert clips(target) == {"librispeech-dev": 10, "librispeech-test": 10}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--download", "--sets", "dev"), "--sets: LibriSpeech has no set 'dev'; there are: dev-"),
        (("x.tar.gz", "--download"), "--download fetches what is published: leave SOURCE and"),
        (("--sets", "test-clean"), "import-librispeech TARGET --download fetches it: dev-clean ("),
    ],
)
def test_what_cannot_be_meant(
    arguments: tuple[str, ...],
    words: str,
    published: Path,
    command: Callable[..., int],
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    assert command(tmp_path / "new", *arguments) == 2
    assert words in capfd.readouterr().err


def test_help_shows_the_sets(
    command: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    with contextlib.suppress(SystemExit):
        command("-h")
    shown = " ".join(capfd.readouterr().out.split()).replace("- ", "-")
    assert "LibriSpeech; no clip is converted again for them: --sets NAME,NAME read" in shown
    assert "these alone: dev-clean, dev-other, test-clean, test-other, train-clean-100," in shown
