"""A community to make releases of, and what a release says once it is written."""

import csv
import io
import tarfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.validation_app.release.community import Community, RealClip, real_clips
from validation_app.release.export import Release, ReleaseRequest, export_release
from validation_app.release.names import ReleaseName

KEY = b"a key that is secret"
DAY = date(2026, 11, 22)

Export = Callable[..., Release]
Rows = list[dict[str, str]]


@pytest.fixture
def community(tmp_path: Path) -> Community:
    """Nobody, and nothing said yet."""
    return Community(tmp_path / "data")


@pytest.fixture(scope="session")
def reals(test_data: Path) -> list[RealClip]:
    """Real clips, by name."""
    return real_clips(test_data)


@pytest.fixture
def export(community: Community, tmp_path: Path) -> Export:
    """Exports what the community has, by default as release 1.0 into ``releases``."""

    def run(
        version: str = "1.0", since: tuple[Path, ...] = (), out: Path = tmp_path / "releases"
    ) -> Release:
        name = ReleaseName(version, DAY, community.locale, bool(since))
        request = ReleaseRequest(name, out, since)
        return export_release(community.engine, community.data / "clips", KEY, request)

    return run


@pytest.fixture(scope="session")
def contents() -> Callable[[Path], dict[str, bytes]]:
    """The files of an archive by their names below its root."""

    def read(archive: Path) -> dict[str, bytes]:
        with tarfile.open(archive) as tar:
            return {
                name.split("/", 2)[2]: stream.read()
                for name in tar.getnames()
                if (stream := tar.extractfile(name)) is not None
            }

    return read


@pytest.fixture(scope="session")
def rows() -> Callable[[bytes], Rows]:
    """The rows of a table, as anybody reads a TSV that is never quoted."""

    def read(table: bytes) -> Rows:
        lines = io.StringIO(table.decode(), newline="\n")
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))

    return read
