"""What SOURCE names becomes a file or folder on this machine.

    cv-corpus-21.0-en.tar.gz, /data/release, file:///data/…      it is there
    https://host/cv-corpus-21.0-en.tar.gz                        downloaded into TARGET
    mdc:cmt95wvb80027qb6e2vezm3d9                                from Mozilla Data Collective

What was downloaded whole is not downloaded again, nor is the network asked for it.
"""

import hashlib
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from importers import console, storage
from importers.archives import SUFFIXES, what_else
from importers.console import byte_count, remark
from importers.corpus import PublishedArchive
from importers.digests import digest_shown
from importers.errors import DownloadError, StorageError, UsageError
from importers.http_headers import named_in_url, safe_name
from importers.part_file import finished, record_of, removed
from importers.remote import Link, Remote, Start

if TYPE_CHECKING:  # requests takes a moment to load: only where something is fetched
    from importers.http_attempts import Patience

DATA_COLLECTIVE = "mdc:"

# 16 kHz, 16 bit: 115.2 MB an hour. An hour of Common Voice's MP3s takes 25 MB (release 25.0,
# English: 94.3 GB for 3,766 h).
_WAV_BYTES_PER_MP3_BYTE = 4.6


def acquire(
    source: str | None,
    target: Path,
    *,
    sha256: str | None = None,
    patience: "Patience | None" = None,
    say: Callable[[str], None] = console.say,
) -> Path | None:
    """The archive or folder that SOURCE means, fetched into ``target`` if need be; None for None.

    ``sha256``: what the archive must have. ``say`` is told what must be known of a download also
    where no terminal shows its progress: how much it is, and why it waits. Raises a
    MynaError with what to do.
    """
    if source is None:
        if sha256 is not None:
            raise UsageError("--sha256 is of the archive that SOURCE names: name it")
        return None
    local = _local(source)
    if local is not None:
        _require_sha256(local, sha256)
        return local
    identity = _identity(source)

    def remote() -> Remote:
        if source.startswith(DATA_COLLECTIVE):
            return _of_data_collective(source, sha256, patience, say)
        return _of_url(source, identity, sha256)

    return _fetched(identity, remote, target, sha256, patience, say, _of_mp3s)


def acquire_published(
    archive: PublishedArchive,
    target: Path,
    *,
    patience: "Patience | None" = None,
    say: Callable[[str], None] = console.say,
) -> Path:
    """One of a corpus's own archives (or files), fetched into ``target`` unless it lies there.

    Raises a MynaError with what to do.
    """
    identity, name = _identity(archive.url), named_in_url(archive.url)
    known = Remote(
        source=identity,
        link=lambda: Link(archive.url),
        suffixes=SUFFIXES if name.endswith(SUFFIXES) else (Path(name).suffix,),
        name=name,
        size=archive.bytes,
        sha256=archive.sha256,
    )
    if name.endswith(SUFFIXES):
        known = replace(known, what_else=what_else)
    return _fetched(identity, lambda: known, target, archive.sha256, patience, say)


def _fetched(
    identity: str,
    remote: Callable[[], Remote],
    target: Path,
    sha256: str | None,
    patience: "Patience | None",
    say: Callable[[str], None],
    remarks: Callable[[int], str] = lambda size: "",
) -> Path:
    """What was fetched earlier, or is fetched now; ``remarks`` on its size go to the user."""
    there = finished(target, identity)
    if there is not None:
        _require_sha256(there, sha256)
        return there
    gone = removed(target, identity)
    if gone is not None:
        say(f"{gone.name}: is fetched again, for it was removed after it had been fetched")
    try:
        target.mkdir(parents=True, exist_ok=True)
        from importers.download import download

        return download(
            remote(),
            target,
            lambda start: _check_space(start, target, say, remarks),
            patience=patience,
            say=say,
        )
    except OSError as error:
        raise storage.storage_error(error, target) from None


def _of_mp3s(size: int) -> str:
    return f"; WAVs of MP3s take some {byte_count(size * _WAV_BYTES_PER_MP3_BYTE)} more"


def _local(source: str) -> Path | None:
    """The path that SOURCE is, or None where it has to be fetched. Raises UsageError."""
    if source.startswith(DATA_COLLECTIVE):
        return None
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", source)
    if scheme is None:
        return Path(source)
    match scheme[1].lower():
        case "http" | "https":
            return None
        case "file":
            return Path(url2pathname(urlsplit(source).path))
    raise UsageError(
        f"{source}: {scheme[1]}:// is not known here: name a file, a folder, http(s)://… or "
        f"{DATA_COLLECTIVE}DATASET-ID"
    )


def _identity(source: str) -> str:
    """What a source is called in records: what may be secret in a URL only as a digest."""
    if source.startswith(DATA_COLLECTIVE):
        return source
    try:
        parts = urlsplit(source)
    except ValueError as error:
        raise UsageError(f"{source}: is no address of a file ({error})") from None
    if not parts.hostname:
        raise UsageError(f"{source}: names no host")
    query = hashlib.sha256(parts.query.encode()).hexdigest()[:16]
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme.lower()}://{host}{parts.path}" + (f"?{query}" if parts.query else "")


def _of_url(source: str, identity: str, sha256: str | None) -> Remote:
    name = named_in_url(source)
    return Remote(
        source=identity,
        link=lambda: Link(source),
        suffixes=SUFFIXES,
        name=safe_name(name, SUFFIXES) if name.endswith(SUFFIXES) else None,
        sha256=sha256,
        what_else=what_else,
    )


def _of_data_collective(
    source: str, sha256: str | None, patience: "Patience | None", say: Callable[[str], None]
) -> Remote:
    from importers.data_collective import DataCollective

    client = DataCollective(patience=patience, say=say)
    dataset = client.dataset(source.removeprefix(DATA_COLLECTIVE))
    remark(f"{dataset.name}, licence {dataset.licence}: {dataset.page}")
    if sha256 is not None and dataset.sha256 not in (None, sha256):
        raise DownloadError(
            f"{dataset.name}: the Data Collective publishes the SHA-256 {dataset.sha256}, and "
            f"--sha256 is {sha256}"
        )
    return replace(client.remote(dataset, source, SUFFIXES, sha256), what_else=what_else)


def _check_space(
    start: Start, target: Path, say: Callable[[str], None], remarks: Callable[[int], str]
) -> None:
    """Say how much is to come and how much fits. Raises StorageError where it does not."""
    free = shutil.disk_usage(target).free + start.freed
    if start.size is None:
        say(f"{start.name}: of unknown size; {byte_count(free)} are free in {target}")
        return
    missing = start.size - start.done
    of_all = f" of {byte_count(start.size)}" if start.done else ""
    say(
        f"{start.name}: {byte_count(missing)}{of_all} to download, {byte_count(free)} are free in "
        f"{target}{remarks(start.size)}"
    )
    if missing > free:
        raise StorageError(
            f"{target}: {byte_count(free)} are free, and {byte_count(missing)} of {start.name} are "
            "to be downloaded. Free some space, or choose another target; what is here is kept"
        )


def _require_sha256(path: Path, sha256: str | None) -> None:
    """Raises DownloadError where the file has another one, UsageError where it is no file."""
    if sha256 is None:
        return
    if not path.is_file():
        raise UsageError(f"{path}: is no file: only an archive has a SHA-256 to compare")
    record = record_of(path)
    found = record.sha256 if record else digest_shown(path)
    if found != sha256:
        raise DownloadError(
            f"{path}: has the SHA-256 {found}, not {sha256}. Compare with the published one; to "
            "download it anew, remove it first"
        )
