"""The fuzz targets, a few seconds each; and that a broken one would be seen."""

import shutil
from pathlib import Path

import pytest

from tools import fuzz, fuzz_seeds

needs_clang = pytest.mark.skipif(shutil.which("clang++") is None, reason="needs clang")

PLANTED = """
#include <cstddef>
#include <cstdint>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::vector<uint8_t> bytes(data, data + size);
  volatile uint8_t seen = size > 0 ? bytes.data()[bytes[0]] : 0;
  (void)seen;
  return 0;
}
"""


@pytest.fixture(scope="module")
def work(checkout: Path) -> Path:
    """Where `make fuzz` works too: what it has compiled is not compiled again."""
    return checkout / "build" / "fuzz"


def test_every_target_is_listed_and_has_seeds(checkout: Path, tmp_path: Path) -> None:
    names = fuzz.target_names()
    readme = (checkout / "native/fuzz/README.md").read_text(encoding="utf-8")
    assert [name for name in names if f"| `{name}.cc` |" not in readme] == []
    fuzz_seeds.write_seeds(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert all(len(list(folder.iterdir())) >= 9 for folder in tmp_path.iterdir())


@needs_clang
@pytest.mark.slow
@pytest.mark.parametrize("name", fuzz.target_names())
def test_a_target_finds_nothing(work: Path, tmp_path: Path, name: str) -> None:
    fuzz_seeds.write_seeds(tmp_path / "seeds")
    program = fuzz.build(work, [fuzz.TARGETS / f"{name}.cc"])[name]
    run = fuzz.fuzz(program, tmp_path, seconds=2)
    assert run.finding is None, fuzz.report(run, 2)
    assert run.executions > len(list((tmp_path / "seeds" / name).iterdir()))


@needs_clang
@pytest.mark.slow
def test_a_target_that_breaks_is_reported_with_its_input(work: Path, tmp_path: Path) -> None:
    source = tmp_path / "planted.cc"
    source.write_text(PLANTED)
    program = fuzz.build(work, [source])["planted"]
    run = fuzz.fuzz(program, tmp_path, seconds=30)
    assert run.finding is not None
    assert run.finding.read_bytes()
    text = fuzz.report(run, 30)
    assert text.startswith(f"planted: broken by {tmp_path}/findings/planted/crash-")
    assert "heap-buffer-overflow" in text
    # Found again, it is the same file, and no less a finding.
    (tmp_path / "seeds" / "planted" / "found").write_bytes(run.finding.read_bytes())
    assert fuzz.fuzz(program, tmp_path, seconds=30).finding == run.finding
