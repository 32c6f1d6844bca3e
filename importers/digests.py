"""SHA-256 of files: by it a file is told to be the one that it was."""

import hashlib
from pathlib import Path


def digest_of(*paths: Path) -> str:
    """SHA-256, in hex, of the contents of files, one after another. Raises OSError.

    Of one file it is what sha256sum says.
    """
    return _digest(paths, names=False)


def digest_with_names(*paths: Path) -> str:
    """SHA-256, in hex, over the names and contents of files, in the order given. Raises OSError."""
    return _digest(paths, names=True)


def _digest(paths: tuple[Path, ...], *, names: bool) -> str:
    digest = hashlib.sha256()
    for path in paths:
        if names:
            digest.update(f"{path.name}\n".encode(errors="surrogateescape"))
        with path.open("rb") as stream:
            hashlib.file_digest(stream, lambda: digest)
    return digest.hexdigest()
