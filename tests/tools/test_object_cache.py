import shutil
from pathlib import Path

import pytest

from tools.object_cache import KEPT, CompileError, ObjectCache, Unit, read_depfile

UNIT = Unit("one.cc", ("-O0",))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "one.h").write_text("#define ANSWER 42\n")
    (root / "one.cc").write_text('#include "one.h"\nint Answer() { return ANSWER; }\n')
    (root / "other.h").write_text("// nobody includes this\n")
    return root


def cache(project: Path) -> ObjectCache:
    return ObjectCache(project.parent / "objects", ["c++"], project)


def stamp(path: Path) -> int:
    return path.stat().st_mtime_ns


def test_an_object_is_made_once(project: Path) -> None:
    [first] = cache(project).compile_all([UNIT])
    made = stamp(first)
    (project / "other.h").write_text("// changed, and still nobody includes it\n")
    (project / "one.h").touch()
    [second] = cache(project).compile_all([UNIT])
    assert (first, made) == (second, stamp(second))


@pytest.mark.parametrize("file", ["one.cc", "one.h"])
def test_a_change_of_source_or_header_makes_it_again(project: Path, file: str) -> None:
    [first] = cache(project).compile_all([UNIT])
    made = stamp(first)
    (project / file).write_text((project / file).read_text() + "// changed\n")
    [second] = cache(project).compile_all([UNIT])
    assert stamp(second) != made


def test_other_flags_or_other_outside_headers_make_another_object(project: Path) -> None:
    outside = str(project.parent)
    units = [
        UNIT,
        Unit("one.cc", ("-O1",)),
        Unit("one.cc", ("-O0",), ((outside, "lib 1"),)),
        Unit("one.cc", ("-O0",), ((outside, "lib 2"),)),
    ]
    assert len(set(cache(project).compile_all(units))) == 4


def test_a_copy_of_the_project_shares_the_objects(project: Path) -> None:
    [first] = cache(project).compile_all([UNIT])
    made = stamp(first)
    copy = project.parent / "copy"
    shutil.copytree(project, copy)
    [second] = cache(copy).compile_all([UNIT])
    assert (first, made) == (second, stamp(second))


def test_checkouts_that_differ_do_not_take_each_others_objects(project: Path) -> None:
    [first] = cache(project).compile_all([UNIT])
    made, content = stamp(first), first.read_bytes()
    copy = project.parent / "copy"
    shutil.copytree(project, copy)
    (copy / "one.h").write_text("#define ANSWER 43\n")
    [second] = cache(copy).compile_all([UNIT])
    assert second.read_bytes() != content
    # The first checkout may be about to link.
    assert first.read_bytes() == content
    [third] = cache(project).compile_all([UNIT])
    assert (first, made) == (third, stamp(third))


def test_the_objects_used_last_are_kept(project: Path) -> None:
    [first] = cache(project).compile_all([UNIT])
    for number in range(12):
        (project / "one.h").write_text(f"#define ANSWER {number}\n")
        cache(project).compile_all([UNIT])
        assert first.is_file() == (number < KEPT - 1)
    assert len(list(first.parent.glob("*.o"))) == len(list(first.parent.glob("*.json"))) == KEPT


def test_what_the_compiler_refuses_is_an_error_with_its_words(project: Path) -> None:
    (project / "one.cc").write_text("int Answer() { return nonsense; }\n")
    with pytest.raises(CompileError, match="nonsense"):
        cache(project).compile_all([UNIT])


def test_a_missing_compiler_is_an_error_with_its_cure(project: Path) -> None:
    with pytest.raises(CompileError, match=r"no C\+\+ compiler 'no-such-compiler'.*CXX"):
        ObjectCache(project, ["no-such-compiler"], project)


def test_names_with_spaces_in_a_depfile() -> None:
    assert read_depfile("a.o: a\\ b.cc \\\n c.h\n") == ["a b.cc", "c.h"]


def test_a_source_that_is_edited_while_it_compiles_is_compiled_again(project: Path) -> None:
    compiler = project.parent / "slow-c++"
    compiler.write_text(f'#!/bin/sh\nc++ "$@" && echo "// new" >> {project}/one.h\n')
    compiler.chmod(0o755)
    slow = ObjectCache(project.parent / "objects", [str(compiler)], project)
    [first] = slow.compile_all([UNIT])
    made = stamp(first)
    [second] = slow.compile_all([UNIT])
    assert first == second
    assert stamp(second) != made
