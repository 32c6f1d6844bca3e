"""The app's secret is made once, and is nobody else's to read."""

import stat
from pathlib import Path

import pytest

from importers.errors import StorageError
from validation_app.web.secret_key import secret_key


def test_a_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    made = secret_key(tmp_path)
    assert len(bytes.fromhex(made.decode())) == 32
    assert secret_key(tmp_path) == made
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    (tmp_path / "other").mkdir()
    assert secret_key(tmp_path / "other") != made


@pytest.mark.parametrize("content", ["", "0123", "x" * 63])
def test_a_key_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret.key").write_text(content)
    with pytest.raises(StorageError, match=r"secret\.key: no key of 64 letters\. Remove it"):
        secret_key(tmp_path)
