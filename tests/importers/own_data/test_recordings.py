"""Files of a folder: which count, their keys, and which one a table means."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.manifest import STATE
from importers.own_data.recordings import (
    NotFound,
    Recordings,
    any_case,
    is_audio,
    plain_key,
    preferred,
)
from importers.report import Reason


def tree(root: Path, *paths: str) -> Recordings:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return Recordings(root)


def test_files_in_a_stable_order_without_hidden_ones(tmp_path: Path) -> None:
    found = tree(tmp_path, "b/a.WAV", "a.txt", "b/x/c.Mp3", "a.wav", "._a.wav", ".git/a.wav")
    assert found.files == ["a.txt", "a.wav", "b/a.WAV", "b/x/c.Mp3"]
    assert found.audio == ["a.wav", "b/a.WAV", "b/x/c.Mp3"]


def test_the_target_of_an_import_below_is_none_of_it(tmp_path: Path) -> None:
    (tmp_path / "out" / STATE).mkdir(parents=True)
    assert tree(tmp_path, "a.wav", "out/clips/001/a.wav").files == ["a.wav"]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    tree(tmp_path / "disk", "x/1.wav", "x/2.wav")
    root = tmp_path / "root"
    root.mkdir()
    (root / "wavs").symlink_to(tmp_path / "disk" / "x")
    (root / "circle").symlink_to(root)
    assert Recordings(root).files == ["wavs/1.wav", "wavs/2.wav"]


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    for name in (b"a\xe4.wav", b"b\xe4.doc"):
        (tmp_path / name.decode(errors="surrogateescape")).touch()
    found = Recordings(tmp_path)
    assert (found.files, found.unnameable) == ([], ["a\\xe4.wav"])


def test_two_files_of_one_name_in_two_folders_have_two_keys(tmp_path: Path) -> None:
    found = tree(tmp_path, "ann/1.wav", "bob/1.wav", "ann/b-c.wav", "ann/b/c.wav", "2.wav", "2.mp3")
    keys = {path: found.key(path) for path in found.audio}
    assert keys == {
        "2.mp3": "2-8dce8465",
        "2.wav": "2-c91034cc",
        "ann/1.wav": "ann-1",
        "ann/b-c.wav": "ann-b-c-2c5e8895",
        "ann/b/c.wav": "ann-b-c-6196299e",
        "bob/1.wav": "bob-1",
    }


def test_long_keys_keep_their_end(tmp_path: Path) -> None:
    key = plain_key("ä" * 100 + "/" + "b" * 40 + ".wav")
    assert len(key.encode()) <= 150
    assert "ä-" + "b" * 40 + "-" in key
    assert plain_key("ä" * 101 + "/" + "b" * 40 + ".wav")[-8:] != key[-8:]


@pytest.mark.parametrize(
    ("name", "folder", "path"),
    [
        ("a.wav", "", "a.wav"),
        ("./sub/../a.wav", "", "a.wav"),
        ("b.wav", "sub", "sub/b.wav"),
        ("../a.wav", "sub", "a.wav"),
        ("sub/b.wav", "sub", "sub/b.wav"),  # from the root
        ("b.wav", "", "sub/b.wav"),  # the only one
        ("b", "", "sub/b.wav"),
        ("sub/b", "lists", "sub/b.wav"),
        ("deep/c.wav", "", "sub/deep/c.wav"),
        ("sub\\deep\\c.wav", "", "sub/deep/c.wav"),
        ("caf\u00e9.wav", "", "cafe\u0301.wav"),
        ("x.pcm", "", "x.pcm"),
    ],
)
def test_find(name: str, folder: str, path: str, tmp_path: Path) -> None:
    files = ("a.wav", "sub/b.wav", "sub/deep/c.wav", "cafe\u0301.wav", "x.pcm")
    assert tree(tmp_path, *files).find(name, folder) == path


@pytest.mark.parametrize(
    ("name", "folder", "reason", "detail"),
    [
        ("z.wav", "", Reason.MISSING_AUDIO, "z.wav"),
        ("x/a.wav", "", Reason.MISSING_AUDIO, "x/a.wav"),  # that a.wav is another
        ("a.wav", "", Reason.BAD_NAME, "a.wav: is it ann/a.wav or bob/a.wav?"),
        ("a", "", Reason.BAD_NAME, "a: is it ann/a.wav or bob/a.wav?"),
        ("../a.wav", "", Reason.BAD_NAME, "../a.wav: leads out of the folder"),
        ("b.wav", "ann", Reason.MISSING_AUDIO, "b.wav"),  # that b.wav is not below ann/
        ("/x/a.wav", "", Reason.BAD_NAME, "/x/a.wav: an absolute path that leads out of {root}"),
        ("x", "", Reason.MISSING_AUDIO, "x"),  # x.pcm is not known to be audio
    ],
)
def test_what_is_not_found(
    name: str, folder: str, reason: Reason, detail: str, tmp_path: Path
) -> None:
    found = tree(tmp_path, "ann/a.wav", "bob/a.wav", "bob/b.wav", "x.pcm")
    expected = NotFound(reason, detail.format(root=tmp_path))
    assert found.find(name, folder) == expected


def test_absolute_paths_inside_the_folder(tmp_path: Path) -> None:
    tree(tmp_path / "real", "sub/a.wav")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    for root in (tmp_path / "real", link):
        for start in (tmp_path / "real", link) if root == link else (root,):
            assert Recordings(root).find(f"{start}/sub/a.wav", "sub") == "sub/a.wav"


@settings(max_examples=50)
@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_any_name_finds_a_file_of_the_folder_or_a_reason(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = tree(tmp_path_factory.mktemp("any"), "a.wav", "b/c.wav").find(name, "b")
    assert isinstance(found, NotFound) or found in ("a.wav", "b/c.wav")


def test_suffixes() -> None:
    assert is_audio("x/a.FLAC")
    assert not is_audio("wav")
    assert any_case(".mp3") == "**/*.[mM][pP]3"
    assert preferred(["a.ogg", "a.mp3", "a.flac", "a.wav"]) == ["a.wav", "a.flac", "a.mp3", "a.ogg"]
