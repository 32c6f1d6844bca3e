"""Manifests as people have them, and what is said of mistakes."""

import re
import wave
from pathlib import Path

import pytest

from importers.alphabet import Alphabet
from importers.errors import MynaError
from native.features import DEEPSPEECH, frames_of
from trainer.data.clip_file import read_samples
from trainer.data.clips import ClipSet, Reason, read_clips
from trainer.data.training_limit import TrainingLimit

ALPHABET = Alphabet((" ", "a", "b"))


def wav(path: Path, samples: int, *, rate: int = 16000, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(bytes(2 * samples * channels))
    return path


def manifest(folder: Path, *rows: tuple[str, str]) -> Path:
    lines = ["wav_filename,wav_filesize,transcript", *(f"{name},1,{text}" for name, text in rows)]
    path = folder / "train.csv"
    path.write_text("".join(line + "\n" for line in lines))
    return path


def complaint(path: Path, alphabet: Alphabet = ALPHABET) -> str:
    with pytest.raises(MynaError) as caught:
        read_clips([path], alphabet, DEEPSPEECH)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_clips_have_labels_and_frames(tmp_path: Path) -> None:
    wav(tmp_path / "x.wav", 16000)
    [clip] = read_clips([manifest(tmp_path, ("x.wav", "ab a"))], ALPHABET, DEEPSPEECH).clips
    assert (clip.path, clip.text) == (tmp_path / "x.wav", "ab a")
    assert clip.labels.tolist() == [1, 2, 0, 1]
    assert clip.frames == 49 == frames_of(16000)


def test_what_cannot_be_learnt_is_left_out_with_a_reason(tmp_path: Path) -> None:
    """Six labels and a blank between equal neighbours take seven frames."""
    seven, six = wav(tmp_path / "7.wav", 512 + 6 * 320), wav(tmp_path / "6.wav", 512 + 6 * 320 - 1)
    rows = [("7.wav", "aababa"), ("6.wav", "aababa"), ("6.wav", "ababab"), ("7.wav", "")]
    path = manifest(tmp_path, *rows)
    found = read_clips([path], ALPHABET, DEEPSPEECH)
    assert [(clip.path, clip.frames) for clip in found.clips] == [(seven, 7), (six, 6)]
    assert [(one.row, one.path, one.reason) for one in found.left_out] == [
        (f"{path}:3", six, Reason.TOO_SHORT),
        (f"{path}:5", seven, Reason.EMPTY_TEXT),
    ]
    assert found.counts() == {Reason.TOO_SHORT: 1, Reason.EMPTY_TEXT: 1}


def test_what_is_beyond_a_limit_is_left_out_with_a_reason(tmp_path: Path) -> None:
    """Of the rows that can be learnt from: an empty transcript stays what it is."""
    for n in range(10):
        wav(tmp_path / f"{n}.wav", 16000)
    rows = [(f"{n}.wav", "ab" if n else "") for n in range(10)]
    path = manifest(tmp_path, *rows)

    def read(limit: str, seed: int = 1) -> ClipSet:
        limited = TrainingLimit.of(limit)
        return read_clips([path], ALPHABET, DEEPSPEECH, limit=limited, seed=seed)

    found = read("30%")
    assert len(found.clips) == 3  # of nine
    assert found.counts() == {Reason.EMPTY_TEXT: 1, Reason.LIMIT: 6}
    kept = {clip.path for clip in found.clips}
    numbers = [int(clip.path.stem) for clip in found.clips]
    assert found.rows == [f"{path}:{number + 2}" for number in numbers]
    assert kept | {one.path for one in found.left_out} == {tmp_path / f"{n}.wav" for n in range(10)}
    for one in found.left_out:
        line = int(one.row.rpartition(":")[2])
        assert (one.row, one.path) == (f"{path}:{line}", tmp_path / f"{line - 2}.wav")
    assert {clip.path for clip in read("30%").clips} == kept
    assert kept < {clip.path for clip in read("0.6").clips}
    assert any({clip.path for clip in read("30%", seed).clips} != kept for seed in (2, 3, 4))
    assert len(read("0.0008h").clips) == 3  # 0.98 s each
    assert len(read("1h").clips) == 9


def test_the_language_of_all_rows_is_kept(tmp_path: Path) -> None:
    wav(tmp_path / "x.wav", 16000)
    one, other = (tmp_path / f"{locale}.csv" for locale in ("de", "fr"))
    for path in (one, other):
        path.write_text(f"wav_filename,wav_filesize,transcript,locale\nx.wav,44,ab,{path.stem}\n")
    assert read_clips([one, one], ALPHABET, DEEPSPEECH).locale == "de"
    assert read_clips([one, other], ALPHABET, DEEPSPEECH).locale is None


def test_no_csv(tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    assert complaint(path) == f"{path}: no such CSV. import-cv makes one from a corpus"


def test_an_empty_csv(tmp_path: Path) -> None:
    path = manifest(tmp_path)
    assert complaint(path) == f"{path}: no clips in it, only the names of the columns"
    path.write_text("")
    assert complaint(path).startswith(f"{path}:1: no manifest: it has no column wav_filename")


def test_a_missing_wav(tmp_path: Path) -> None:
    wav(tmp_path / "x.wav", 16000)
    path = manifest(tmp_path, ("x.wav", "a"), ("y.wav", "a"))
    expected = "no such clip. Paths count from the CSV's own folder: leave it where it was made, "
    expected += "or import with --absolute-paths; else import again, or take the row out"
    assert complaint(path) == f"{path}:3: {tmp_path / 'y.wav'}: {expected}"


def test_a_character_that_the_alphabet_has_not(tmp_path: Path) -> None:
    wav(tmp_path / "x.wav", 16000)
    path = manifest(tmp_path, ("x.wav", "ab"), ("x.wav", "abé"))
    assert complaint(path) == (
        f"{path}:3: no label for 'é' (U+00E9) at position 2 of 'abé'. "
        "Add it to the alphabet (--alphabet), or take the row out"
    )


def test_how_many_more_rows_are_wrong(tmp_path: Path) -> None:
    wav(tmp_path / "x.wav", 16000)
    texts = [("x.wav", "abé"), ("x.wav", "ab"), ("x.wav", "ç"), ("x.wav", "é")]
    assert complaint(manifest(tmp_path, *texts)).endswith(
        "or take the row out (the first of 3 such rows)"
    )
    clips = [("y.wav", "a"), ("x.wav", "a"), ("z.wav", "a")]
    said = complaint(path := manifest(tmp_path, *clips))
    assert said.startswith(f"{path}:2: {tmp_path / 'y.wav'}: no such clip. ")
    assert said.endswith("or take the row out (the first of 2 rows whose clips cannot be used)")


@pytest.mark.parametrize(
    ("rate", "channels", "what"),
    [(8000, 1, "8000 Hz, 16 bit, 1 channels"), (16000, 2, "16000 Hz, 16 bit, 2 channels")],
)
def test_another_kind_of_wav(tmp_path: Path, rate: int, channels: int, what: str) -> None:
    wav(tmp_path / "x.wav", 16000, rate=rate, channels=channels)
    path = manifest(tmp_path, ("x.wav", "ab"))
    assert complaint(path) == (
        f"{path}:2: {tmp_path / 'x.wav'}: {what}; it must be 16000 Hz, 16 bit, mono, "
        "as importing makes it"
    )


@pytest.mark.parametrize("content", [b"", b"<html>", b"RIFF\0\0\0\0WAVE"])
def test_a_file_that_is_no_wav(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.wav").write_bytes(content)
    path = manifest(tmp_path, ("x.wav", "ab"))
    assert re.match(f"{path}:2: {tmp_path}/x.wav: no WAV or FLAC: .", complaint(path))


def test_a_wav_that_was_cut(tmp_path: Path) -> None:
    """By its header it is whole; its last sample has one byte of two."""
    path = wav(tmp_path / "x.wav", 16000)
    path.write_bytes(path.read_bytes()[:-1])
    what = f"{path}: ends before the length in its header. Import it again"
    rows = manifest(tmp_path, ("x.wav", "ab"))
    assert complaint(rows) == f"{rows}:2: {what}"
    with pytest.raises(MynaError, match=f"^{re.escape(what)}$"):
        read_samples(path, 16000)


def test_other_chunks_around_the_samples_do_not_count(tmp_path: Path) -> None:
    path = wav(tmp_path / "x.wav", 16000)
    content = path.read_bytes()
    note = b"LIST" + (5).to_bytes(4, "little") + b"about\0"
    path.write_bytes(content[:36] + note + content[36:] + note)
    rows = manifest(tmp_path, ("x.wav", "ab"))
    assert read_clips([rows], ALPHABET, DEEPSPEECH).clips[0].frames == 49
    path.write_bytes(content[:36] + note + content[36:-2])
    assert "ends before the length in its header" in complaint(rows)


def test_a_wav_that_was_written_into_a_pipe(tmp_path: Path) -> None:
    """Its header tells of 4 GB."""
    path = wav(tmp_path / "x.wav", 16000)
    path.write_bytes(path.read_bytes()[:40] + b"\xff" * 4 + bytes(32000))
    rows = manifest(tmp_path, ("x.wav", "ab"))
    assert "ends before the length in its header" in complaint(rows)


def test_nothing_that_can_be_learnt(tmp_path: Path) -> None:
    wav(tmp_path / "x.wav", 100)
    path = manifest(tmp_path, ("x.wav", "a"))
    what = "no clip of it can be learnt from: fewer frames than CTC needs for the transcript"
    assert complaint(path) == f"{path}: {what}"
