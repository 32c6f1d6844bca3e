"""The app's secret, made at the first start: cookies are signed with it."""

import os
import secrets
from pathlib import Path

from importers.errors import StorageError

FILE = "secret.key"
_BYTES = 32


def secret_key(data: Path) -> bytes:
    """The secret of the folder; its file is only the owner's to read.

    Raises StorageError when the file is not what we wrote, OSError as the system gives it.
    """
    path = data / FILE
    if not path.exists():
        _make(path)
    secret = path.read_bytes().strip()
    if len(secret) != 2 * _BYTES:
        raise StorageError(
            f"{path}: no key of {2 * _BYTES} letters. Remove it to have a new one "
            "made; everybody who recorded or voted is then a new person"
        )
    return secret


def _make(path: Path) -> None:
    temporary = path.with_name(f".{FILE}.tmp-{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(f"{secrets.token_hex(_BYTES)}\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        path.hardlink_to(temporary)  # unlike a rename, it spares the key of one who was faster
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
