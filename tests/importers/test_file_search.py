"""Files found by name, wherever they lie."""

import re
from pathlib import Path

from importers.file_search import files_named, matching

AUDIO = re.compile(r"call_([0-9]+)\.sph", re.IGNORECASE)
TEXT = re.compile(r"call_([0-9]+)\.txt")


def put(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def test_whole_names_at_any_depth_by_their_group(tmp_path: Path) -> None:
    put(tmp_path, "b/call_2.sph", "a/x/y/call_1.sph", "call_1.txt", "a/CALL_3.SPH")
    put(tmp_path, "a/call_1.sph.gz", "a/my_call_4.sph", "a/call_x.sph", "a/CALL_9.TXT")
    assert files_named(tmp_path, AUDIO, TEXT) == [
        {"1": ["a/x/y/call_1.sph"], "2": ["b/call_2.sph"], "3": ["a/CALL_3.SPH"]},
        {"1": ["call_1.txt"]},
    ]


def test_of_copies_the_first_is_always_the_same(tmp_path: Path) -> None:
    put(tmp_path, "z/call_1.sph", "a/call_1.sph", "m/call_1.sph")
    (found,) = files_named(tmp_path, AUDIO)
    assert found == {"1": ["a/call_1.sph", "m/call_1.sph", "z/call_1.sph"]}


def test_hidden_folders_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path, ".import/call_1.sph", "a/.trash/call_2.sph", "a/call_3.sph")
    assert files_named(tmp_path, AUDIO) == [{"3": ["a/call_3.sph"]}]


def test_links_to_folders_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    put(tmp_path, "volume/call_1.sph", "root/a/call_2.sph")
    root = tmp_path / "root"
    (root / "disk1").symlink_to(tmp_path / "volume")
    (root / "a" / "up").symlink_to(root)
    (root / "gone").symlink_to(root / "nowhere")
    assert files_named(root, AUDIO) == [{"1": ["disk1/call_1.sph"], "2": ["a/call_2.sph"]}]


def test_nothing_is_there(tmp_path: Path) -> None:
    assert files_named(tmp_path, AUDIO, TEXT) == [{}, {}]


def test_patterns_of_a_corpus_match_files_alone(tmp_path: Path) -> None:
    put(
        tmp_path, "root/a/x.txt", "root/b.TXT", "root/etc/list.csv", "disk/c/y.txt", "disk/list.csv"
    )
    put(tmp_path, "root/.trash/z.txt", "root/folder.txt/no text")
    (tmp_path / "root" / "a" / "disk").symlink_to(tmp_path / "disk")
    (tmp_path / "root" / "gone.txt").symlink_to("nowhere")
    found = matching(tmp_path / "root", ("**/*.[tT][xX][tT]", "etc/*.csv"))
    assert sorted(str(path.relative_to(tmp_path / "root")) for path in found) == [
        *("a/disk/c/y.txt", "a/x.txt", "b.TXT", "etc/list.csv"),
    ]
    assert list(matching(tmp_path / "root", ("*.csv",))) == []
