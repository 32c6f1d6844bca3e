"""KenLM's own programs, built its own way: by CMake, with Boost, and with zlib to read .gz files.

Boost comes as Debian's development packages, by `apt-get download`, and is unpacked beside what is
built: nothing is installed and nobody need be root. g++, cmake and zlib's headers must be there.
"""

import os
import subprocess
from pathlib import Path

from tools.fetch_kenlm import FOLDER, ensure_kenlm

PROGRAMS = ("lmplz", "filter", "build_binary")
ROOT = Path(__file__).resolve().parents[2]
_BOOST = [
    f"libboost{part}1.74-dev"
    for part in ("", "-atomic", "-chrono", "-program-options", "-system", "-test", "-thread")
]


def kenlm_tools(folder: Path) -> Path:
    """The folder with the programs, made below ``folder`` when they are not there yet."""
    folder = folder.resolve()
    made = folder / "build" / "bin"
    if all((made / name).is_file() for name in PROGRAMS):
        return made
    ensure_kenlm(ROOT)
    boost = folder / "boost"
    if not boost.is_dir():
        _unpack_boost(folder, boost)
    libraries = next(boost.glob("usr/lib/*/libboost_thread.a")).parent
    settings = {
        "BOOST_INCLUDEDIR": boost / "usr" / "include",
        "BOOST_LIBRARYDIR": libraries,
        "Boost_NO_SYSTEM_PATHS": "ON",
        "Boost_NO_BOOST_CMAKE": "ON",
        "Boost_USE_STATIC_LIBS": "ON",
        "CMAKE_BUILD_TYPE": "Release",
    }
    flags = [f"-D{name}={value}" for name, value in settings.items()]
    _run("cmake", "-S", str(ROOT / FOLDER), "-B", str(folder / "build"), *flags)
    cores = str(len(os.sched_getaffinity(0)))
    _run("cmake", "--build", str(folder / "build"), "-j", cores, "--target", *PROGRAMS)
    return made


def _unpack_boost(folder: Path, boost: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _run("apt-get", "download", "-q", *_BOOST, folder=folder)
    for package in folder.glob("libboost*.deb"):
        _run("dpkg-deb", "-x", str(package), str(boost))


def _run(*command: str, folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr}")
