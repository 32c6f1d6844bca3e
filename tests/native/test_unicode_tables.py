"""The committed tables are what the generator writes."""

import runpy
import unicodedata
from pathlib import Path

import pytest

from native import _native

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_tables_are_up_to_date() -> None:
    if unicodedata.unidata_version != _native.unicode_version:
        # tests/native/test_text.py compares every character that both versions have.
        pytest.skip(f"written by a Python with Unicode {_native.unicode_version}")
    tables = runpy.run_path(str(ROOT / "tools" / "make_unicode_tables.py"))["tables"]
    committed = (ROOT / "native" / "src" / "unicode_tables.inc").read_text(encoding="ascii")
    assert tables() == committed


def test_the_tables_stay_small() -> None:
    assert (ROOT / "native" / "src" / "unicode_tables.inc").stat().st_size < 150_000
