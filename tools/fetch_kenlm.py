"""Puts the sources of KenLM, pinned and checked, into build/.

    python tools/fetch_kenlm.py

setup.py calls this when the sources are absent; our own sdist contains them, so that building from
it needs no network. The download goes through pip, and therefore through whatever index, mirror,
proxy and certificates the user has set for pip. pip checks the digest before it runs anything out
of the archive.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "0.3.0"
SHA256 = "c4628bb9fb63c8a6f9240035b8b037385cfc404cb72e933cf48878291edac1e8"
FOLDER = Path("build") / f"kenlm-{VERSION}"  # relative to the root of the project
ARCHIVE = f"kenlm-{VERSION}.tar.gz"


class FetchError(RuntimeError):
    """The sources could not be had; the text says why and what to do."""


def ensure_kenlm(root: Path) -> Path:
    """Returns the folder of KenLM's sources under `root`, fetching them if they are absent.

    An archive laid by hand into build/ is used instead of the network.
    Raises FetchError.
    """
    target = root / FOLDER
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kenlm-", dir=target.parent) as name:
        scratch = Path(name)
        archive = target.parent / ARCHIVE
        if not archive.is_file():
            archive = download(scratch)
        check(archive)
        unpack(archive, scratch / "unpacked", target)
    return target


def download(folder: Path) -> Path:
    """Downloads the pinned archive into `folder` through pip and returns its path."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"kenlm=={VERSION} --hash=sha256:{SHA256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary"]
    command += ["kenlm", "--dest", str(folder), "--requirement", str(requirements)]
    # pip asks every source archive for its metadata, which takes setuptools: the one of this
    # environment where there is one, else one that pip fetches for the occasion.
    attempts = [command]
    if importlib.util.find_spec("setuptools"):
        attempts.insert(0, [*command, "--no-build-isolation"])
    environment = {k: v for k, v in os.environ.items() if k != "PIP_CONSTRAINT"}
    for attempt in attempts:
        done = subprocess.run(attempt, env=environment, capture_output=True, text=True)
        if done.returncode == 0:
            return folder / ARCHIVE
    raise FetchError(
        f"could not download KenLM {VERSION} through pip ({reason(done.stderr)}). No network, or no"
        f" index that has it? Set pip's index (pip config), or put {ARCHIVE} into build/ by hand"
    )


def reason(talk: str) -> str:
    """The line of pip's talk that names the error."""
    lines = [line.strip() for line in talk.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip said nothing"])[-1].removeprefix("ERROR: ")


def check(archive: Path) -> None:
    """Raises FetchError unless the archive is the pinned one, byte for byte."""
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != SHA256:
        raise FetchError(
            f"{archive} is not KenLM {VERSION} (sha256 {found}, expected {SHA256}). A damaged or"
            " altered copy? Delete it and try again"
        )


def unpack(archive: Path, scratch: Path, target: Path) -> None:
    """Unpacks beside the target and renames, so that the target is whole or absent."""
    with tarfile.open(archive) as tar:
        # Python 3.11.2 does not know this filter yet; the digest vouches for the content.
        if hasattr(tarfile, "data_filter"):
            tar.extraction_filter = tarfile.data_filter
        tar.extractall(scratch)
    try:
        (scratch / target.name).rename(target)
    except OSError:
        if not target.is_dir():  # else another build was faster, with the same content
            raise


if __name__ == "__main__":
    try:
        print(ensure_kenlm(Path(__file__).resolve().parent.parent))
    except FetchError as error:
        sys.exit(f"fetch_kenlm: {error}")
