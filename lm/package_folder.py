"""Where a package is built: beside its final place, which it takes whole or not at all.

The folder `.NAME.building` beside the target is locked while a build runs; what a killed one left
there is cleared away by the next. An older package at the target is moved aside, the new one moved
in, and the old one removed: should the machine stop between the two moves, the next build brings
the old one back before it begins.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from importers.errors import StorageError, UsageError
from importers.storage import storage_error
from lm.package import is_package


@contextlib.contextmanager
def package_folder(out: Path) -> Iterator[Path]:
    """A folder to build in; its content is at ``out`` once the block has ended without an error.

    ``out`` may be missing, empty, or a package of build-lm, which is replaced. Raises UsageError
    if it is anything else, StorageError if it cannot be written or another build is at work.
    """
    out = out.resolve()
    building, old = (out.with_name(f".{out.name}.{what}") for what in ("building", "old"))
    try:
        _check_target(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        with _locked(building, out):
            if old.is_dir() and not out.exists():
                old.rename(out)
            _clear(building)
            try:
                yield building
                _move(building, out, old)
            finally:
                shutil.rmtree(building, ignore_errors=True)
    except OSError as error:
        raise storage_error(error, out) from None


def _check_target(out: Path) -> None:
    for parent in out.parents:
        if parent.exists() and not parent.is_dir():
            raise UsageError(f"{parent} is a file: there is no folder for {out} in it")
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise UsageError(f"{out} is a file; --out names a folder for the package")
    if any(out.iterdir()) and not is_package(out):
        raise UsageError(
            f"{out} holds something else than a package of build-lm, and is left as it is. Name a "
            "new folder by --out, or empty that one"
        )


@contextlib.contextmanager
def _locked(building: Path, out: Path) -> Iterator[None]:
    building.mkdir(exist_ok=True)
    handle = os.open(building, os.O_RDONLY)
    try:
        if not _lock(handle, building):
            raise StorageError(f"{out}: another build-lm is writing there; wait until it is done")
        yield
    finally:
        os.close(handle)


def _lock(handle: int, building: Path) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    # A build that has just ended took the folder away with its lock.
    return building.exists() and os.path.samestat(os.fstat(handle), building.stat())


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _move(building: Path, out: Path, old: Path) -> None:
    shutil.rmtree(old, ignore_errors=True)
    if out.exists() and any(out.iterdir()):
        _check_target(out)
        out.rename(old)
    building.rename(out)
    shutil.rmtree(old, ignore_errors=True)
