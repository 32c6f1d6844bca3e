"""What leaves the house: the wheel, the sdist, and what either needs to be built."""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"importers", "lm", "native", "pipelines", "trainer", "validation_app"}
KENLM = "build/kenlm-0.3.0"
DEAD = "http://127.0.0.1:9"  # nobody listens there
OFFLINE = {
    "PIP_NO_INDEX": "1",
    "PIP_INDEX_URL": DEAD,
    "PIP_FIND_LINKS": "",
    **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), DEAD),
}


def run(
    command: Sequence[str | Path], folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def succeed(command: Sequence[str | Path], folder: Path, **variables: str) -> str:
    done = run(command, folder, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def unpack(sdist: Path, folder: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(folder)  # our own, made a moment ago
    [root] = folder.iterdir()
    return root


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    build = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir"]
    succeed([*build, folder, ROOT], folder)
    [path] = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def sdist_files(sdist: Path) -> set[str]:
    """Paths inside the sdist's folder."""
    with tarfile.open(sdist) as archive:
        return {m.name.partition("/")[2] for m in archive.getmembers() if m.isfile()}


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel built from the sdist, with the objects that this checkout has compiled."""
    folder = tmp_path_factory.mktemp("wheel")
    source = unpack(sdist, folder)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"]
    succeed([*build, folder], source, MYNA_BUILD_CACHE=str(ROOT / "build" / "objects"))
    [path] = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_our_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    modules = {name for name in wheel.namelist() if name.endswith(".py")}
    here = [p.relative_to(ROOT).as_posix() for top in PACKAGES for p in (ROOT / top).rglob("*.py")]
    assert modules == set(here)
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(wheel.namelist())


def test_the_wheel_has_extension_and_executable_programs(wheel: zipfile.ZipFile) -> None:
    assert [name for name in wheel.namelist() if name.startswith("native/_native.cpython")]
    for program in ("lmplz", "build_binary"):
        mode = wheel.getinfo(f"native/bin/{program}").external_attr >> 16
        assert mode & 0o111 == 0o111


def test_the_wheel_has_the_decoder_for_c(wheel: zipfile.ZipFile) -> None:
    assert "native/lib/libmyna_decoder.so" in wheel.namelist()
    header = (ROOT / "native/include/myna_decoder.h").read_bytes()
    assert wheel.read("native/include/myna_decoder.h") == header


def test_the_wheel_has_the_licences_of_what_is_compiled_in(wheel: zipfile.ZipFile) -> None:
    [metadata] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    folder = metadata.replace("METADATA", "licenses")
    for name in ("LICENSE", "NOTICE", f"{KENLM}/LICENSE", f"{KENLM}/COPYING"):
        assert f"{folder}/{name}" in wheel.namelist()
    assert f"{folder}/{KENLM}/util/double-conversion/LICENSE" in wheel.namelist()
    notice = wheel.read(f"{folder}/NOTICE").decode()
    for duty in ("Lesser General Public License", "Where the source is", "How to rebuild"):
        assert duty in notice


def test_the_wheel_says_not_to_upload_it(wheel: zipfile.ZipFile) -> None:
    [metadata] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    lines = wheel.read(metadata).decode().splitlines()
    assert "Classifier: Private :: Do Not Upload" in lines
    base = [line for line in lines if line.startswith("Requires-Dist:") and "extra ==" not in line]
    for heavy in ("tensorflow", "apache-beam", "pandas", "kenlm"):
        assert not [line for line in base if heavy in line]


def test_the_sdist_has_all_that_building_takes(sdist_files: set[str]) -> None:
    folders = (ROOT / "native/src", ROOT / "native/include")
    ours = [p.relative_to(ROOT).as_posix() for f in folders for p in f.rglob("*") if p.is_file()]
    assert set(ours) <= sdist_files
    kenlm = [p.relative_to(ROOT).as_posix() for p in (ROOT / KENLM).rglob("*") if p.is_file()]
    assert set(kenlm) <= sdist_files
    needed = {"LICENSE", "NOTICE", "pyproject.toml", "setup.py", "tools/native_build.py"}
    assert needed <= sdist_files


def test_the_sdist_has_nothing_built_and_no_tests(sdist_files: set[str]) -> None:
    inside = PACKAGES | {"build", "tools", "myna_speech.egg-info"}
    assert {name.split("/")[0] for name in sdist_files if "/" in name} == inside
    assert all(name.startswith(f"{KENLM}/") for name in sdist_files if name.startswith("build/"))
    built = (".so", ".o", ".pyc")
    assert not [name for name in sdist_files if name.endswith(built) or "native/bin/" in name]


def test_an_sdist_can_be_made_without_pybind11(sdist: Path, tmp_path: Path) -> None:
    # Beam does this on a user's machine, to send Myna to the workers.
    source = unpack(sdist, tmp_path / "source")
    block = tmp_path / "block"
    block.mkdir()
    (block / "pybind11.py").write_text("raise ImportError('blocked by the test')\n")
    succeed([sys.executable, "setup.py", "-q", "sdist"], source, PYTHONPATH=str(block), **OFFLINE)
    assert list((source / "dist").iterdir())


def test_a_corpus_file_becomes_a_command(sdist: Path, tmp_path: Path) -> None:
    source = unpack(sdist, tmp_path)
    (source / "importers/corpora/parrots.py").write_text(
        "import not_installed\n\nINFO = CorpusInfo(title='Parrots', name='parrots')\n"
    )
    succeed([sys.executable, "setup.py", "-q", "egg_info"], source)
    scripts = (source / "myna_speech.egg-info/entry_points.txt").read_text().splitlines()
    assert "import-corpus = pipelines.import_command:main" in scripts
    assert "import-parrots = pipelines.import_command:main" in scripts


def no_network() -> list[str]:
    """The prefix of a command that runs without network devices; empty where that is forbidden."""
    for prefix in (["unshare", "-n"], ["unshare", "-r", "-n"]):
        if shutil.which("unshare") and run([*prefix, "true"], ROOT).returncode == 0:
            return prefix
    return []


@pytest.mark.slow
def test_the_sdist_builds_and_runs_with_the_network_off(sdist: Path, tmp_path: Path) -> None:
    source = unpack(sdist, tmp_path / "source")
    pip = [*no_network(), sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    offline = {**OFFLINE, "MYNA_BUILD_CACHE": str(tmp_path / "objects")}
    succeed([*pip, "--wheel-dir", tmp_path / "wheels", source], tmp_path, **offline)
    [wheel] = (tmp_path / "wheels").iterdir()

    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv/bin/python"
    succeed([python, "-m", "pip", "install", "--no-deps", wheel], tmp_path, **OFFLINE)
    code = (
        "import native._native; from native.programs import program;"
        "print(program('lmplz'), program('build_binary'), sep='\\n')"
    )
    lmplz, build_binary = succeed([python, "-c", code], tmp_path).split()
    (tmp_path / "text").write_text("a b c\n")
    flags = ["-o", "2", "-S", "100M", "--discount_fallback", "--text", "text", "--arpa", "arpa"]
    succeed([lmplz, *flags], tmp_path)
    succeed([build_binary, "trie", "arpa", "lm.binary"], tmp_path)
    code = "from native.language_model import LanguageModel as L; print(L('lm.binary').order)"
    assert succeed([python, "-c", code], tmp_path) == "2\n"


@pytest.mark.slow
def test_a_build_without_the_sources_would_have_fetched_them(sdist: Path, tmp_path: Path) -> None:
    # The counter-test: under the same conditions, a needed fetch does not go unseen.
    source = unpack(sdist, tmp_path / "source")
    shutil.rmtree(source / KENLM)
    command = [*no_network(), sys.executable, "setup.py", "-q", "build_ext"]
    done = run(command, source, **OFFLINE, MYNA_BUILD_CACHE=str(tmp_path / "objects"))
    assert done.returncode == 1
    assert "could not download KenLM" in done.stderr
