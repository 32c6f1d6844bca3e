"""YAML files of users: what they hold, and what is said of those that are none."""

from pathlib import Path

import pytest

from importers.errors import FormatError
from trainer.yaml_file import read_yaml


def test_what_a_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("é: [1, 0.5, yes, {a: b}]  # words\n", encoding="utf-8")
    assert read_yaml(path) == {"é": [1, 0.5, True, {"a": "b"}]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: 1\nb: [", ":2: no YAML: expected the node content, but found '<stream end>'"),
        (b"a: 1\n  b: 2\n", ":2: no YAML: mapping values are not allowed here"),
        (b"a: 1\nb: {c: 1,\n c: 2}", ":3: no YAML: 'c' stands there twice"),
        (b"a: !!python/name:os.system", ":1: no YAML: could not determine a constructor for the "),
        (b"a: \x00", ": no YAML: unacceptable character #x0000: special characters are not all"),
        (b"a: 2024-13-45", ": no YAML: month must be in 1..12"),
        (b"a: \xff", ": not text in UTF-8"),
        (b"[" * 100_000, ": lists in lists, too deep to be read"),
    ],
)
def test_what_is_none(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(f"{path}{message}")
    assert "\n" not in str(caught.value)
