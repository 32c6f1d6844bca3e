"""Where the real recordings lie: MYNA_TEST_DATA, by default ../shared/data beside the checkout."""

import os
from pathlib import Path

import pytest


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
