"""Names and sizes: a newcomer finds everything, and nothing grows into a drawer."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("native", "importers", "lm", "trainer", "pipelines", "validation_app")
CODE = sorted(
    path
    for folder in (*FOLDERS, "tools", "benchmarks")
    for pattern in ("*.py", "*.cc", "*.h")
    for path in (ROOT / folder).rglob(pattern)
)
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "base", "tools"}
MAX_LINES = 400
MAX_FUNCTION_LINES = 80


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_no_drawer_and_not_too_long(path: Path) -> None:
    assert path.stem not in DRAWERS
    assert path.read_text(encoding="utf-8").count("\n") <= MAX_LINES


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_functions_are_short() -> None:
    lengths = {
        f"{path.relative_to(ROOT)}:{name}": length
        for path in CODE
        if path.suffix == ".py"
        for name, length in functions(path)
    }
    assert max(lengths.values()) <= MAX_FUNCTION_LINES
    over_40 = [name for name, length in lengths.items() if length > 40]
    assert len(over_40) <= len(lengths) / 20, over_40


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        assert ast.get_docstring(ast.parse(text)), "no module docstring"
    else:
        assert path.suffix == ".cc" or text.startswith("//"), "no comment at the head"


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_has_a_short_readme_that_names_its_files(folder: str) -> None:
    readme = (ROOT / folder / "README.md").read_text(encoding="utf-8")
    assert readme.count("\n") <= 30
    modules = [path.name for path in (ROOT / folder).glob("*.py") if path.name != "__init__.py"]
    assert [name for name in modules if f"`{name}`" not in readme] == []


def test_only_bindings_includes_pybind11() -> None:
    including = {
        path.name.partition("_")[0].partition(".")[0]
        for path in (ROOT / "native" / "src").rglob("*")
        if path.suffix in (".cc", ".h") and "<pybind11/" in path.read_text(encoding="utf-8")
    }
    assert including == {"bindings"}


def test_tests_hold_no_packages() -> None:
    """tests/trainer/__init__.py would be taken for our trainer."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []
