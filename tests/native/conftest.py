"""Where the real data is."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder in MYNA_TEST_DATA, by default shared/data beside the checkout."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    root = Path(os.environ.get("MYNA_TEST_DATA", beside))
    if not root.is_dir():
        reason = f"no test data: {root} is not a folder (set MYNA_TEST_DATA)"
        if os.environ.get("MYNA_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return root
