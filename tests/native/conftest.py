"""The audio tests' converter, and where the real recordings lie."""

import os
from pathlib import Path

import pytest

from tests.native.converter import Converter


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real speech; without it a test is skipped, or fails (MYNA_REQUIRE_ALL=1)."""
    checkout = Path(__file__).resolve().parents[2]
    default = checkout.parent / "shared" / "data"
    folder = Path(os.environ.get("MYNA_TEST_DATA", default))
    if not (folder / "MANIFEST.tsv").is_file():
        reason = f"no test data in {folder} (set MYNA_TEST_DATA)"
        if os.environ.get("MYNA_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture
def converter(tmp_path: Path) -> Converter:
    return Converter(tmp_path)
