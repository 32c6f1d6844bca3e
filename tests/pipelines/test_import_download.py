"""Imports of what has to be downloaded first: one command from a URL, or an id, to the CSVs."""

import functools
import hashlib
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipelines.import_corpus import ImportRequest, audio_parameters
from pipelines.import_state import Parameters, open_state

Run = Callable[..., subprocess.CompletedProcess[str]]
Digests = Callable[[Path], dict[str, str]]

ID = "cmt95wvb80027qb6e2vezm3d9"


class Web(ThreadingHTTPServer):
    """The files of a folder, and the API of a collective with the first of them as its dataset."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self.asked: list[tuple[str, str, str | None]] = []
        self.folder = folder
        super().__init__(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(SimpleHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self.server.asked.append(("GET", self.path, self.headers["Authorization"]))
        if self.path == f"/api/datasets/{ID}":
            self._tell(sizeBytes=self._archive.stat().st_size, name="CV 21 delta", id=ID)
        else:
            super().do_GET()

    def do_POST(self) -> None:
        self.server.asked.append(("POST", self.path, self.headers["Authorization"]))
        url = f"{self.server.url}/{self._archive.name}?signature=1"
        self._tell(sizeBytes=str(self._archive.stat().st_size), downloadUrl=url)

    @property
    def _archive(self) -> Path:
        return next(self.server.folder.glob("*.tar.gz"))

    def _tell(self, **fields: object) -> None:
        sha256 = hashlib.sha256(self._archive.read_bytes()).hexdigest()
        content = {"filename": self._archive.name, "checksum": sha256, **fields}
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def web(real_archive: Path, tmp_path: Path) -> Iterator[Web]:
    """Serves the real archive."""
    folder = tmp_path / "web"
    folder.mkdir()
    shutil.copy(real_archive, folder)
    server = Web(folder)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def commands(run_import: Run, checkout: Path) -> dict[str, Run]:
    """The commands that import, by name."""

    def produce(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, checkout / "pipelines" / "produce_command.py", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "PYTHONPATH": str(checkout)},
        )

    return {"import-corpus": run_import, "produce-model": produce}


def test_from_a_url_to_csvs_and_once_only(
    run_import: Run, web: Web, real_archive: Path, digests: Digests, tmp_path: Path
) -> None:
    target, other = tmp_path / "new" / "cv", tmp_path / "other"
    source = f"{web.url}/{real_archive.name}"
    done = run_import(target, source)
    assert done.returncode == 0
    # No terminal is here: no progress is shown, but what a log must tell is there.
    assert done.stderr.count("\n") == 1
    assert re.match(
        rf"{re.escape(real_archive.name)}: .* to download, .* are free in ", done.stderr
    )
    assert (target / real_archive.name).read_bytes() == real_archive.read_bytes()
    assert run_import(other, real_archive).returncode == 0
    assert digests(target) == digests(other)
    assert web.asked == [("GET", f"/{real_archive.name}", None)]
    # The same command, and without SOURCE: nothing is downloaded, nothing imported again.
    once = [line for line in done.stdout.splitlines() if " converted in " not in line]
    for arguments in ([source], []):
        again = run_import(target, *arguments)
        assert (again.returncode, again.stdout.splitlines(), again.stderr) == (0, once, "")
    assert len(web.asked) == 1


def test_from_the_data_collective(
    run_import: Run,
    web: Web,
    real_archive: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MDC_API_URL", f"{web.url}/api")
    monkeypatch.setenv("MDC_API_KEY", "mdc_key")
    target = tmp_path / "cv"
    assert run_import(target, f"mdc:{ID}").returncode == 0
    assert (target / "cv-valid-train.csv").is_file()
    assert web.asked == [
        ("GET", f"/api/datasets/{ID}", None),
        ("POST", f"/api/datasets/{ID}/download", "Bearer mdc_key"),
        ("GET", f"/{real_archive.name}?signature=1", None),
    ]
    assert run_import(target, f"mdc:{ID}").returncode == 0
    assert len(web.asked) == 3


def test_failures_are_one_line(
    run_import: Run, web: Web, real_archive: Path, tmp_path: Path
) -> None:
    target = tmp_path / "cv"
    done = run_import(target, f"{web.url}/missing.tar.gz?token=hidden")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"import-corpus: {web.url}/missing.tar.gz: is not there. Compare the address with the one "
        "on the web page (404 File not found)\n"
    )
    done = run_import(target, f"{web.url}/{real_archive.name}", "--sha256", "0" * 64)
    assert (done.returncode, done.stderr.count("\n")) == (1, 2)
    assert "to download" in done.stderr.splitlines()[0]
    assert "was promised" in done.stderr.splitlines()[1]
    # The part that is there is told of to whoever forgets to name the source.
    done = run_import(target)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"the download of {web.url}/{real_archive.name} is not finished" in done.stderr
    done = run_import(target, "x.tar.gz", "--sha256", "abc")
    assert done.returncode == 2
    assert "--sha256: must be 64 hexadecimal digits" in done.stderr


def test_an_archive_that_was_removed_is_said_to_be_fetched_again(
    run_import: Run, web: Web, real_archive: Path, tmp_path: Path
) -> None:
    target, source = tmp_path / "cv", f"{web.url}/{real_archive.name}"
    assert run_import(target, source).returncode == 0
    (target / real_archive.name).unlink()
    done = run_import(target, source, "--min-seconds", "1")
    assert done.returncode == 0
    assert done.stderr.splitlines()[0] == (
        f"{real_archive.name}: is fetched again, for it was removed after it had been fetched"
    )


def spoil_alphabet(target: Path) -> None:
    (target / "alphabet.txt").write_text("mine")


def spoil_parameters(target: Path) -> None:
    (target / ".import").mkdir()
    (target / ".import" / "parameters.json").write_text("{")


def stand(target: Path, **told: str) -> None:
    """An import of which only this is as by default: the audio."""
    audio = audio_parameters(ImportRequest("cv", target))
    with open_state(target) as state:
        named = {name.replace("_", "-"): text for name, text in told.items()}
        state.begin(Parameters({"corpus": "cv", "source": "x", **audio, **named}, {}))


def import_another_corpus(target: Path) -> None:
    stand(target, corpus="another")


def import_to_flac(target: Path) -> None:
    stand(target, audio_format="flac")


@pytest.mark.parametrize("command", ["import-corpus", "produce-model"])
@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (spoil_alphabet, 2, r"alphabet\.txt: is not of an import, and would be written over"),
        (spoil_parameters, 1, r"parameters\.json: is damaged"),
        (import_another_corpus, 2, r"parameters stands here: corpus was another, now cv\."),
        (import_to_flac, 2, r"parameters stands here: audio-format was flac, now wav\."),
    ],
)
def test_what_the_target_can_tell_is_said_before_the_download(
    commands: dict[str, Run],
    web: Web,
    tmp_path: Path,
    command: str,
    spoil: Callable[[Path], None],
    code: int,
    words: str,
) -> None:
    target = tmp_path / "cv"
    target.mkdir()
    spoil(target)
    done = commands[command](target, f"{web.url}/cv.tar.gz")
    assert (done.returncode, done.stderr.count("\n")) == (code, 1)
    assert re.search(words, done.stderr)
    assert web.asked == []


def test_an_import_at_work_is_told_of_before_the_download(
    commands: dict[str, Run], web: Web, tmp_path: Path
) -> None:
    with open_state(tmp_path):
        for run in commands.values():
            done = run(tmp_path, f"{web.url}/cv.tar.gz")
            assert (done.returncode, done.stderr.count("\n")) == (1, 1)
            assert "another import is at work here (process" in done.stderr
    assert web.asked == []


def test_a_checksum_for_a_model(commands: dict[str, Run], web: Web, tmp_path: Path) -> None:
    name = next(web.folder.glob("*.tar.gz")).name
    done = commands["produce-model"](tmp_path, f"{web.url}/{name}", "--sha256", "0" * 64)
    assert done.returncode == 1
    assert f"and {'0' * 64} was promised" in done.stderr


def test_a_person_at_a_terminal_sees_size_rate_and_time_left(
    import_command: list[str], web: Web, real_archive: Path, tmp_path: Path
) -> None:
    shown = bytearray()

    def read(terminal: int) -> bytes:
        shown.extend(output := os.read(terminal, 1024))
        return output

    before = Path.cwd()
    os.chdir(Path(import_command[1]).parents[1])
    environment = dict(os.environ)
    os.environ["PYTHONPATH"] = str(Path.cwd())
    try:
        command = [*import_command, "cv", str(tmp_path / "cv"), f"{web.url}/{real_archive.name}"]
        assert pty.spawn(command, read) == 0
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)
    megabytes = f"{real_archive.stat().st_size / 1e6:.3g} MB to download".encode()
    assert megabytes in shown
    assert b"are free in " in shown
    assert f"\r{real_archive.name}: ".encode() in shown
    assert b"B/s]" in shown
