"""Archives: read through once with little memory, and every kind of damage named."""

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from importers.archives import (
    NAMES,
    TableIndex,
    below,
    extract_tables,
    is_safe,
    members,
    read_index,
    what_else,
)
from importers.errors import ArchiveError
from importers.member_names import MemberNames
from importers.remote import START_BYTES

CONTENT = {
    "cv/en/clips/a.mp3": b"A" * 3000,
    "cv/en/validated.tsv": b"path\tsentence\n",
    "cv/en/clips/b.mp3": b"",
    "cv/en/README.md": b"x",
}


def make(path: Path, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, content in CONTENT.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def content_of(archive: Path) -> dict[str, bytes]:
    return {member.name: member.read() for member in members(archive)}


@pytest.mark.parametrize(
    ("name", "mode"), [("a.tar.gz", "w:gz"), ("a.tar.tar", "w"), ("a.tbz", "w:bz2"), ("a", "w:xz")]
)
def test_members_whatever_the_compression(tmp_path: Path, name: str, mode: str) -> None:
    assert content_of(make(tmp_path / name, mode)) == CONTENT


def test_positions_grow_to_the_size_of_the_file(tmp_path: Path) -> None:
    archive = make(tmp_path / "a.tar.gz")
    positions: list[int] = []
    for _ in members(archive, positions.append):
        pass
    assert positions == sorted(positions)
    assert positions[-1] == archive.stat().st_size


def add_link(tar: tarfile.TarFile, name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> None:
    link = tarfile.TarInfo(name)
    link.type, link.linkname = kind, target
    tar.addfile(link)


def add_file(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def test_links_are_told_apart_and_names_that_lead_outside_left_out(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    with tarfile.open(archive, "w") as tar:
        for name in ("../evil.tsv", "/etc/evil.tsv", "good.tsv"):
            tar.addfile(tarfile.TarInfo(name))
        add_link(tar, "cv/en/link.tsv", "../../good.tsv")
        add_link(tar, "cv/hard.tsv", "./good.tsv", tarfile.LNKTYPE)
    links: list[tuple[int, str, str]] = []
    found = [
        (one.number, one.name) for one in members(archive, on_link=lambda *link: links.append(link))
    ]
    assert found == [(0, "good.tsv")]
    assert links == [(1, "cv/en/link.tsv", "good.tsv"), (2, "cv/hard.tsv", "good.tsv")]


def test_links_lead_to_files_and_the_last_of_a_name_counts(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    with tarfile.open(archive, "w") as tar:
        add_file(tar, "cv/a.mp3", b"old")  # 0
        add_file(tar, "cv/validated.tsv", b"old")  # 1
        add_link(tar, "cv/b.mp3", "a.mp3")  # 2
        add_link(tar, "cv/c.mp3", "cv/b.mp3", tarfile.LNKTYPE)  # 3
        add_link(tar, "cv/d.mp3", "a.mp3")  # 4
        add_file(tar, "cv/d.mp3", b"no link any longer")  # 5
        add_file(tar, "./cv/a.mp3", b"new")  # 6
        add_file(tar, "cv/validated.tsv", b"new")  # 7
        add_link(tar, "cv/en/train.tsv", "../validated.tsv")  # 8
        add_link(tar, "cv/out.mp3", "/etc/passwd")
        add_link(tar, "cv/up.mp3", "../../../etc/passwd")
        add_link(tar, "cv/x.mp3", "y.mp3")
        add_link(tar, "cv/y.mp3", "x.mp3")
    folder = tmp_path / "tables"
    index = extract_tables(archive, ("*.tsv",), folder, "i")
    assert index.superseded == (0, 1, 4)
    assert index.links == {
        "cv/b.mp3": "cv/a.mp3",
        "cv/c.mp3": "cv/a.mp3",
        "cv/en/train.tsv": "cv/validated.tsv",
    }
    names = MemberNames.read(folder / NAMES)
    of_files = ("cv/a.mp3", "cv/d.mp3", "cv/validated.tsv")
    assert [name in names for name in of_files] == [True, True, True]
    of_others = (*index.links, "cv/out.mp3", "cv/x.mp3", "a.mp3", "cv/e.mp3", "")
    assert [name for name in of_others if name in names] == []
    assert (folder / "cv" / "validated.tsv").read_bytes() == b"new"
    assert (folder / "cv" / "en" / "train.tsv").read_bytes() == b"new"
    assert extract_tables(archive, ("*.tsv",), folder, "i") == index


@pytest.mark.parametrize("content", ["", "[]", "{", '{"identity": "i"}', '{"superseded": 1}'])
def test_a_damaged_index_is_made_again(tmp_path: Path, content: str) -> None:
    archive, folder = make(tmp_path / "a.tar.gz"), tmp_path / "tables"
    index = extract_tables(archive, ("*.tsv",), folder, "i")
    (folder / "index.json").write_text(content)
    assert extract_tables(archive, ("*.tsv",), folder, "i") == index
    (folder / NAMES).unlink()
    assert read_index(folder) is None
    assert extract_tables(archive, ("*.tsv",), folder, "i") == index
    assert "cv/en/validated.tsv" in MemberNames.read(folder / NAMES)


def test_below() -> None:
    assert below("cv/en/", "cv/en/clips/a") == "clips/a"
    assert below("cv/en/", "clips/a") == "/clips/a"
    assert below("", "clips/a") == "clips/a"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("clips/a.mp3", True),
        ("a..b/c", True),
        ("", False),
        ("/a", False),
        ("a/../../b", False),
        ("a\0b", False),
    ],
)
def test_is_safe(name: str, safe: bool) -> None:
    assert is_safe(name) is safe


def test_no_archive(tmp_path: Path) -> None:
    page = tmp_path / "page.tar.gz"
    again = r"\. Remove it, and run the same command again"
    for content, words in (
        (b"<html>403 Forbidden</html>", f"it is a web page, perhaps an error message{again}"),
        (b'{"error": 5}', f"it is JSON, perhaps an error message{again}"),
        (b"", f"it is empty{again}"),
        (b"PK\x03\x04" + b"x" * 1000, r"it is a zip file\. Unpack it and name the folder"),
        (b"client_id\tpath\tsentence\n" * 100, r"it is a table\. Name the folder"),
        (b"\x1f\x8bnot gzip", f"its compression is damaged{again}"),
        (b"noise" * 200, f"it begins as none does{again}"),
    ):
        page.write_bytes(content)
        with pytest.raises(ArchiveError, match=rf"page\.tar\.gz: is no tar archive: {words}"):
            content_of(page)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_archives_are_none_of_what_else_there_is(tmp_path: Path, mode: str) -> None:
    for names in ([], ["a"]):
        path = tmp_path / "archive"
        with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
            for name in names:
                tar.addfile(tarfile.TarInfo(name))
        assert what_else(path.read_bytes()[:START_BYTES]) is None


@pytest.mark.parametrize("start", [b"", b"<Error/>", b"PK\x03\x04", b"a\tb\n" * 200, b"x" * 512])
def test_what_else_there_is(start: bytes) -> None:
    assert what_else(start) is not None


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.999])
def test_a_cut_archive(tmp_path: Path, part: float) -> None:
    archive = make(tmp_path / "a.tar.gz")
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(ArchiveError, match=r"damaged or incomplete|no tar archive"):
        content_of(archive)


def test_a_wrong_checksum(tmp_path: Path) -> None:
    archive = make(tmp_path / "a.tar.gz")
    content = bytearray(archive.read_bytes())
    content[-6] ^= 0xFF  # in gzip's CRC-32 of the whole content
    archive.write_bytes(content)
    with pytest.raises(ArchiveError, match=r"a\.tar\.gz: is damaged or incomplete after 4 files"):
        content_of(archive)


@pytest.mark.parametrize("damage", ["flipped", "cut between members"])
def test_a_damaged_header_is_not_the_end(tmp_path: Path, damage: str) -> None:
    """Without compression there is no checksum of the whole, only one of each header."""
    archive = make(tmp_path / "a.tar", "w")
    content = bytearray(archive.read_bytes())
    second = 512 + 3072  # behind the first header and its 3,000 bytes
    if damage == "flipped":
        content[second + 10] ^= 1
    else:
        del content[second:]
    archive.write_bytes(content)
    with pytest.raises(ArchiveError, match="is damaged or incomplete after 1 files"):
        content_of(archive)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        content_of(tmp_path / "none.tar.gz")


def test_tables_are_extracted_and_folders_mirrored(tmp_path: Path) -> None:
    archive = make(tmp_path / "a.tar.gz")
    folder = tmp_path / "tables"
    folder.mkdir()
    assert extract_tables(archive, ("*.tsv", "times.txt"), folder, "a") == TableIndex("a", 4, 1)
    assert (folder / "cv/en/validated.tsv").read_bytes() == b"path\tsentence\n"
    assert (folder / "cv/en/clips").is_dir()
    assert list((folder / "cv/en/clips").iterdir()) == []
    archive.unlink()  # the second time only the index is read
    assert extract_tables(archive, ("*.tsv",), folder, "a") == TableIndex("a", 4, 1)


def test_empty_files_stand_for_what_is_listed_and_for_links_to_it(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        add_file(tar, "x/a.WAV", b"A" * 3000)
        add_file(tar, "x/a.txt", b"text")
        add_file(tar, "x/a.pdf", b"no")
        add_link(tar, "y/b.wav", "../x/a.WAV")
        add_link(tar, "y/out.wav", "/etc/passwd")
    listed = ("**/*.[wW][aA][vV]",)
    extract_tables(tmp_path / "a.tar", ("**/*.txt",), tmp_path / "out", "id", listed=listed)
    found = {
        str(path.relative_to(tmp_path / "out")): path.stat().st_size
        for path in (tmp_path / "out").rglob("*.*")
    }
    del found["index.json"], found[NAMES]
    assert found == {"x/a.WAV": 0, "x/a.txt": 4, "y/b.wav": 0}


def test_an_interrupted_extraction_is_repeated(tmp_path: Path) -> None:
    archive = make(tmp_path / "a.tar.gz")
    folder = tmp_path / "tables"
    (folder / "cv/en").mkdir(parents=True)
    (folder / "cv/en/validated.tsv").write_text("half a ta")
    extract_tables(archive, ("*.tsv",), folder, "a")
    assert (folder / "cv/en/validated.tsv").read_bytes() == b"path\tsentence\n"


def test_tables_of_another_archive_do_not_stay(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    extract_tables(make(tmp_path / "a.tar.gz"), ("*.tsv",), folder, "a")
    other = tmp_path / "b.tar"
    with tarfile.open(other, "w") as tar:
        tar.addfile(tarfile.TarInfo("de/other.tsv"))
    assert extract_tables(other, ("*.tsv",), folder, "b") == TableIndex("b", 1, 1)
    assert not (folder / "cv").exists()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_members(tmp_path: Path) -> None:
    """200,000 members would be some 200 MB of headers if tarfile kept them."""
    archive = tmp_path / "many.tar"
    with tarfile.open(archive, "w") as tar:
        for number in range(200_000):
            tar.addfile(tarfile.TarInfo(f"clips/{number}.mp3"))
            tar.members.clear()  # type: ignore[attr-defined]
    program = (
        "import sys; from pathlib import Path; from importers.archives import members\n"
        "status = Path('/proc/self/status')\n"
        "peak = lambda: int(status.read_text().partition('VmHWM:')[2].split()[0])\n"
        "before = peak()\n"
        "assert sum(1 for _ in members(Path(sys.argv[1]))) == 200_000\n"
        "print(peak() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(archive)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 20_000  # KiB
