"""What goes wrong for users: one clear line each."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
Wait = Callable[[Callable[[], bool]], None]
Digests = Callable[[Path], dict[str, str]]


def one_line(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line that a failed command may say."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("import-corpus: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_no_archive_at_all(run_import: Run, tmp_path: Path) -> None:
    said = one_line(run_import(tmp_path), 2)
    assert "no Common Voice release is here" in said
    assert "https://mozilladatacollective.com" in said


def test_a_missing_archive(run_import: Run, tmp_path: Path) -> None:
    said = one_line(run_import(tmp_path, tmp_path / "cv.tar.gz"), 2)
    assert "cv.tar.gz: there is no such archive or folder" in said


def test_what_is_no_archive(run_import: Run, tmp_path: Path) -> None:
    page = tmp_path / "cv.tar.gz"
    page.write_text("<html>Sign in</html>")
    assert "cv.tar.gz: is no tar archive: it is a web page" in one_line(
        run_import(tmp_path / "out", page), 1
    )


def test_an_archive_that_is_cut_and_then_whole(
    run_import: Run, real_archive: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "cv.tar.gz"
    archive.write_bytes(real_archive.read_bytes()[:200_000])
    assert "is damaged or incomplete after" in one_line(run_import(tmp_path, archive), 1)
    archive.write_bytes(real_archive.read_bytes())
    assert run_import(tmp_path, archive).returncode == 0


def test_a_table_without_path(run_import: Run, tmp_path: Path) -> None:
    (tmp_path / "validated.tsv").write_text("client_id\tsentence\nx\ty\n")
    assert "validated.tsv:1: no column 'path'" in one_line(
        run_import(tmp_path / "out", tmp_path), 1
    )


def test_an_archive_of_something_else(run_import: Run, tmp_path: Path, real_release: Path) -> None:
    archive = tmp_path / "music.tar"
    subprocess.run(["tar", "cf", archive, "-C", real_release / "en", "clips"], check=True)
    assert "holds no Common Voice release" in one_line(run_import(tmp_path / "out", archive), 2)


@pytest.mark.parametrize(
    ("second", "way"),
    [
        ("de", "name a language with --locale"),
        ("corrected", "unpack it, and name the one's folder"),
    ],
)
def test_an_archive_of_several_releases(
    run_import: Run, tmp_path: Path, second: str, way: str
) -> None:
    for name in ("en", second):
        (tmp_path / "cv" / name).mkdir(parents=True)
        (tmp_path / "cv" / name / "validated.tsv").touch()
    archive = tmp_path / "cv.tar"
    subprocess.run(["tar", "cf", archive, "-C", tmp_path, "cv"], check=True)
    said = one_line(run_import(tmp_path / "out", archive), 2)
    assert f"holds several releases ({', '.join(sorted((f'cv/{second}', 'cv/en')))}); {way}" in said


def test_an_unwritable_target(run_import: Run, real_release: Path, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    said = one_line(run_import(small_disk / "out", real_release), 1)
    assert f"{small_disk}/out" in said
    assert "may not be written (Read-only file system)" in said


def test_a_target_below_a_file(run_import: Run, real_release: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "Not a directory" in one_line(run_import(tmp_path / "file" / "out", real_release), 1)


def test_two_imports_into_one_target(
    start_import: Start, run_import: Run, large_archive: Path, tmp_path: Path, wait_for: Wait
) -> None:
    with start_import(tmp_path, large_archive) as first:
        wait_for(lambda: (tmp_path / ".import" / "plan-0.tsv").exists())
        said = one_line(run_import(tmp_path, large_archive), 1)
        first.kill()
        assert f"another import is at work here (process {first.pid} on " in said


def test_a_tsv_release_as_its_own_target_is_imported_and_one_of_2017_refused(
    run_import: Run, tmp_path: Path
) -> None:
    table = tmp_path / "cv-valid-train.csv"
    table.write_text("filename,text,up_votes,down_votes\ncv-valid-train/a.mp3,x,2,0\n")
    said = one_line(run_import(tmp_path), 2)
    assert "cv-valid-train.csv: is not of an import, and would be written over" in said
    assert table.read_text().startswith("filename,")


def test_a_mistyped_flag_is_refused(run_import: Run, tmp_path: Path) -> None:
    done = run_import(tmp_path, "--spilt", "speaker")
    assert done.returncode == 2
    assert "unrecognized arguments: --spilt" in done.stderr


def test_fresh_with_a_damaged_archive_leaves_the_old_import_alone(
    run_import: Run, real_archive: Path, digests: Digests, tmp_path: Path
) -> None:
    assert run_import(tmp_path / "out", real_archive).returncode == 0
    before = digests(tmp_path / "out")
    damaged = tmp_path / "damaged.tar.gz"
    damaged.write_bytes(real_archive.read_bytes()[:-1000])
    one_line(run_import(tmp_path / "out", damaged, "--fresh"), 1)
    assert digests(tmp_path / "out") == before
    assert run_import(tmp_path / "out", real_archive).returncode == 0
    assert digests(tmp_path / "out") == before


def test_files_of_the_user_are_not_written_over(
    run_import: Run, real_archive: Path, tmp_path: Path
) -> None:
    for name, content in (("cv-valid-train.csv", "filename,text\n"), ("alphabet.txt", "a\n")):
        target = tmp_path / name.partition(".")[0]
        target.mkdir()
        (target / name).write_text(content)
        said = one_line(run_import(target, real_archive), 2)
        assert f"{target}/{name}: is not of an import, and would be written over" in said
        assert (target / name).read_text() == content
        assert list(target.iterdir()) == [target / name]


def test_nothing_imported_is_a_failure(run_import: Run, real_release: Path, tmp_path: Path) -> None:
    (tmp_path / "validated.tsv").write_text("path\tsentence\n")
    done = run_import(tmp_path / "out", tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("out: no clip was imported: the tables list none\n")
    (tmp_path / "validated.tsv").write_text("path\tsentence\na.mp3\thello\n")
    done = run_import(tmp_path / "out2", tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("out2: no clip was imported: see rejects.csv for the reasons\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--min-seconds", "nan"], "must be a number of at least 0"),
        (["--max-seconds", "-1"], "must be a number of at least 0"),
        (["--min-seconds", "5", "--max-seconds", "2"], "--min-seconds is more than --max-seconds"),
        (["--min-seconds", "25"], "--min-seconds is more than --max-seconds"),
        (["--runner", "Foo"], "--runner Foo: Unexpected pipeline runner"),
        (["--runner", "FnApiRunner", "--max-second", "1"], "neither this command nor Beam knows"),
        ([""], "must not be empty"),
    ],
)
def test_wrong_arguments(
    run_import: Run, real_release: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = run_import(tmp_path, *(arguments if arguments == [""] else [real_release, *arguments]))
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_options_are_told_before_a_download(run_import: Run, tmp_path: Path) -> None:
    done = run_import(tmp_path, "http://127.0.0.1:9/cv.tar.gz", "--min-seconds", "25")
    assert "--min-seconds is more than --max-seconds" in one_line(done, 2)


def test_a_fault_in_another_runner_is_one_line(
    run_import: Run, real_release: Path, small_disk: Path
) -> None:
    done = run_import(
        small_disk, real_release, "--runner", "FnApiRunner",
        "--direct_running_mode", "multi_processing", "--direct_num_workers", "2",
    )  # fmt: skip
    assert "no space is left on the disk" in one_line(done, 1)


def test_a_name_that_the_terminal_cannot_show(
    import_command: list[str], checkout: Path, real_archive: Path, tmp_path: Path
) -> None:
    archive = tmp_path / os.fsdecode(b"caf\xe9 \xc3\xa9.tar.gz")
    archive.symlink_to(real_archive)
    done = subprocess.run(
        [*import_command, "cv", tmp_path / "out", archive],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(checkout), "PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 0, done.stderr
    assert "Common Voice from caf\\xe9 \\xe9.tar.gz" in done.stdout
