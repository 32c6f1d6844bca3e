"""The audio tests' converter."""

from pathlib import Path

import pytest

from tests.native.converter import Converter


@pytest.fixture
def converter(tmp_path: Path) -> Converter:
    return Converter(tmp_path)
