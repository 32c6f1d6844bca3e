"""`validation-app import`: real releases and manifests, what is rejected, what goes first."""

import csv
import hashlib
import io
import shutil
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sqlalchemy import select

from importers.errors import FormatError, MynaError, StorageError, UsageError
from importers.lock import hold_file
from importers.manifest import Entry, ManifestWriter
from native.audio import decode
from tests.validation_app.recorded_audio import real_clips
from validation_app.corpora.import_corpus import import_corpus
from validation_app.database.tables import Clip, Person, Sentence
from validation_app.settings import Settings
from validation_app.web.context import Context
from validation_app.web.server import open_context, take_sentences

WriteTable = Callable[[Path, Sequence[Mapping[str, str]]], Path]
RELEASE = "cv-corpus-21.0-delta-2025-03-14"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of an app without sentences of its own."""
    return Settings(tmp_path / "data")


def rows(settings: Settings) -> list[tuple[object, ...]]:
    """What the app has of clips, but for moments and random names."""
    context = open_context(settings)
    with context.reading() as session:
        found = session.execute(
            select(
                Clip.path, Clip.text, Clip.digest, Clip.duration_ms, Clip.loudness_db, Clip.verdict,
                Clip.up_votes, Clip.down_votes, Clip.priority, Person.client_id,
                Sentence.clips_count, Sentence.has_valid_clip,
            ).join(Person, Clip.person_id == Person.id).join(Sentence).order_by(Clip.path)
        ).all()  # fmt: skip
    context.engine.dispose()
    return [tuple(row) for row in found]


def mp3s(settings: Settings) -> dict[str, bytes]:
    """The files in DIR/clips."""
    folder = settings.data / "clips"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.mp3")}


def rejects(settings: Settings) -> list[tuple[str, str]]:
    """What import-rejects.csv lists: keys and reasons."""
    with (settings.data / "import-rejects.csv").open(encoding="utf-8", newline="") as stream:
        return [(row["key"], row["reason"]) for row in csv.DictReader(stream)]


def small_release(folder: Path, test_data: Path, write_clips: WriteTable) -> Path:
    """Six real clips: two valid, two that wait, one voted down, one that is not there."""
    root = folder / "cv-corpus-9.0-2022-04-27" / "en"
    (root / "clips").mkdir(parents=True)
    names = []
    for clip in real_clips(test_data)[:5]:
        shutil.copyfile(clip, root / "clips" / clip.name)
        names.append(clip.name)

    def row(name: str, up: int, down: int, **more: str) -> dict[str, str]:
        return {
            "client_id": "ann", "path": name, "sentence": f"It is {name}.", "locale": "en",
            "up_votes": str(up), "down_votes": str(down), **more,
        }  # fmt: skip

    write_clips(
        root / "validated.tsv",
        [
            row(names[0], 2, 0, age="thirties", gender="female"),
            row(names[1], 3, 1, client_id="bob"),
        ],
    )
    others = [row(names[2], 1, 0), row(names[3], 0, 0), row("common_voice_en_1.mp3", 0, 1)]
    write_clips(root / "other.tsv", others)
    write_clips(root / "invalidated.tsv", [row(names[4], 0, 2)])
    return root


def archive(root: Path, target: Path) -> Path:
    """A release as it is published."""
    with tarfile.open(target, "w:gz") as tar:
        tar.add(root.parent, root.parent.name)
    return target


def test_a_real_release_is_taken_in_as_it_is(test_data: Path, settings: Settings) -> None:
    release = test_data / RELEASE
    summary = import_corpus(settings, release, None)
    assert (summary.imported, summary.there_before, summary.rejects) == (47, 0, [])
    kept = mp3s(settings)
    assert {hashlib.sha256(content).hexdigest() for content in kept.values()} == {
        hashlib.sha256(clip.read_bytes()).hexdigest() for clip in real_clips(test_data)
    }
    published = {
        line.split("\t")[0].removesuffix(".mp3"): int(line.split("\t")[1])
        for line in (release / "en" / "clip_durations.tsv").read_text().splitlines()[1:]
    }
    for path, _, digest, duration, loudness, verdict, up, down, *_ in rows(settings):
        assert hashlib.sha256(kept[str(path)]).hexdigest() == digest
        assert duration == pytest.approx(published[str(path)[4:].rsplit("-", 1)[0]], abs=40)
        assert -60 < float(str(loudness)) < -10
        assert (verdict, up, down) == ("valid", 2, 0)
    assert rejects(settings) == []
    assert list((settings.data / "incoming").iterdir()) == []


def test_votes_decide_and_speakers_and_sentences_are_kept(
    test_data: Path, tmp_path: Path, write_clips: WriteTable, settings: Settings
) -> None:
    root = small_release(tmp_path, test_data, write_clips)
    summary = import_corpus(settings, root, None)
    assert summary.origin == "cv-corpus-9.0-2022-04-27/en"
    assert rejects(settings) == [("common_voice_en_1", "missing_audio")]
    context = open_context(settings)
    with context.reading() as session:
        told = [
            (
                clip.verdict,
                clip.up_votes,
                clip.down_votes,
                clip.given_up_votes,
                clip.given_down_votes,
            )
            for clip in session.scalars(select(Clip).order_by(Clip.text))
        ]
        assert told == [
            ("valid", 2, 0, 2, 0), ("valid", 3, 1, 3, 1), ("other", 1, 0, 1, 0),
            ("other", 0, 0, 0, 0), ("invalid", 0, 2, 0, 2),
        ]  # fmt: skip
        decided = session.scalars(select(Clip).order_by(Clip.text)).all()
        assert [clip.decided_at is not None for clip in decided] == [True, True, False, False, True]
        assert [clip.origin for clip in decided] == 5 * [summary.origin]
        people = session.scalars(select(Person).order_by(Person.client_id)).all()
        assert [(one.client_id, one.age, one.gender) for one in people] == [
            ("ann", "thirties", "female"), ("bob", "", ""),
        ]  # fmt: skip
        sentences = session.scalars(select(Sentence).order_by(Sentence.text)).all()
        assert [(one.clips_count, one.has_valid_clip, one.is_used) for one in sentences] == [
            (1, True, False), (1, True, False), (1, False, False), (1, False, False),
            (1, False, False),
        ]  # fmt: skip
    context.engine.dispose()


def test_clips_whose_speakers_are_not_named_are_nobodys(
    test_data: Path, tmp_path: Path, write_clips: WriteTable, settings: Settings
) -> None:
    """What one of them said is not said of the others; corpora do not matter."""
    root = small_release(tmp_path, test_data, write_clips)
    names = [clip.name for clip in real_clips(test_data)[:5]]
    write_clips(
        root / "validated.tsv",
        [
            {"path": names[0], "sentence": "One.", "client_id": "", "age": "teens"},
            {"path": names[1], "sentence": "Two.", "client_id": "", "gender": "female"},
        ],
    )
    import_corpus(settings, root, None)
    nameless = manifest(tmp_path / "own", test_data, age="fifties")
    nameless.write_text(nameless.read_text().replace(",jackson,", ",,").replace(",theo,", ",,"))
    assert import_corpus(settings, nameless, None).imported == 3
    assert sorted(str(row[9]) for row in rows(settings)) == 5 * [""] + 3 * ["ann"]
    context = open_context(settings)
    with context.reading() as session:
        nobody = session.scalars(select(Person).where(Person.client_id == "")).one()
    context.engine.dispose()
    assert (nobody.age, nobody.gender, nobody.accents) == ("", "", "")


def test_the_vote_rule_is_the_app_s(
    test_data: Path, tmp_path: Path, write_clips: WriteTable
) -> None:
    root = small_release(tmp_path, test_data, write_clips)
    write_clips(
        root / "other.tsv",
        [{"path": "common_voice_en_41917187.mp3", "sentence": "A tie.", "up_votes": "1",
          "down_votes": "1"}],
    )  # fmt: skip
    for preset, verdict in (("server", "other"), ("corpora-creator-2019", "invalid")):
        settings = Settings(tmp_path / preset, vote_preset=preset)
        import_corpus(settings, root, None)
        assert [row[5] for row in rows(settings) if row[1] == "A tie."] == [verdict]


def test_an_archive_gives_what_the_folder_gives(
    test_data: Path, tmp_path: Path, write_clips: WriteTable
) -> None:
    root = small_release(tmp_path, test_data, write_clips)
    folder, packed = Settings(tmp_path / "folder"), Settings(tmp_path / "packed")
    import_corpus(folder, root, None)
    import_corpus(packed, archive(root, tmp_path / "cv-corpus-9.0-2022-04-27-en.tar.gz"), None)
    assert rows(packed) == rows(folder)
    assert mp3s(packed) == mp3s(folder)
    assert rejects(packed) == rejects(folder)


def test_a_corpus_must_not_be_called_as_what_is_recorded_here(
    test_data: Path, tmp_path: Path, write_clips: WriteTable, settings: Settings
) -> None:
    packed = archive(small_release(tmp_path, test_data, write_clips), tmp_path / "recorded.tar.gz")
    with pytest.raises(UsageError, match="Give the archive another name"):
        import_corpus(settings, packed, None)
    assert rows(settings) == []


def test_a_corpus_of_another_language_is_said(test_data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="its language is en, the app's is de"):
        import_corpus(Settings(tmp_path / "data", "de"), manifest(tmp_path, test_data), None)


def test_again_nothing_is_done_and_the_same_is_said(
    test_data: Path, tmp_path: Path, write_clips: WriteTable, settings: Settings
) -> None:
    root = small_release(tmp_path, test_data, write_clips)
    import_corpus(settings, root, None)
    before = rows(settings), mp3s(settings), rejects(settings)
    for source in (root, archive(root, tmp_path / "cv-corpus-9.0-2022-04-27-en.tar.gz")):
        summary = import_corpus(settings, source, None)
        assert (summary.imported, summary.there_before, len(summary.rejects)) == (0, 5, 1)
        assert (rows(settings), mp3s(settings), rejects(settings)) == before


def test_clips_without_sound_are_rejected_with_their_reasons(
    test_data: Path, tmp_path: Path, write_clips: WriteTable, settings: Settings
) -> None:
    root = small_release(tmp_path, test_data, write_clips)
    good = real_clips(test_data)[0].read_bytes()
    silence = tmp_path / "silence.mp3"
    soundfile.write(silence, np.zeros(64000, np.int16), 32000, format="MP3")
    long = tmp_path / "long.mp3"
    noise = np.random.default_rng(1).integers(-3000, 3000, 31 * 16000).astype(np.int16)
    soundfile.write(long, noise, 16000, format="MP3")
    contents = {
        "empty_file": b"",
        "not_audio": b"<!DOCTYPE html><title>404</title>",
        "truncated": good[: len(good) // 2],
        "silence": silence.read_bytes(),
        "too_long": long.read_bytes(),
    }
    for name, content in contents.items():
        (root / "clips" / f"{name}.mp3").write_bytes(content)
    (root / "clip_durations.tsv").write_text("clip\tduration[ms]\ntruncated.mp3\t11628\n")
    table = [{"path": f"{name}.mp3", "sentence": f"{name}."} for name in contents]
    table += [{"path": "../../secret.mp3", "sentence": "Not ours."}]
    table += [
        {"path": "good.mp3", "sentence": " "},
        {"path": "cy.mp3", "sentence": "A", "locale": "cy"},
    ]
    write_clips(root / "other.tsv", table)
    import_corpus(settings, root, None)
    assert sorted(rejects(settings)) == [
        ("..-..-secret", "bad_name"), ("cy", "excluded"), ("empty_file", "empty_file"),
        ("good", "empty_text"), ("not_audio", "not_audio"), ("silence", "silence"),
        ("too_long", "too_long"), ("truncated", "truncated"),
    ]  # fmt: skip
    assert len(mp3s(settings)) == 3


def manifest(folder: Path, test_data: Path, **more: str) -> Path:
    """Three recordings of digits at 8 kHz, and one that is missing."""
    names = ["3_jackson_0", "4_jackson_0", "5_theo_0"]
    folder.mkdir(exist_ok=True)
    for name in names:
        shutil.copyfile(test_data / "fsdd" / "recordings" / f"{name}.wav", folder / f"{name}.wav")
    path = folder / "digits.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = ManifestWriter(stream, tuple(more))
        for name in [*names, "6_theo_0"]:
            digit, speaker, _ = name.split("_")
            writer.write(Entry(f"{name}.wav", 1, f"digit {digit}", None, speaker, "en", "", more))
    return path


def test_a_manifest_s_wavs_become_mp3s(test_data: Path, tmp_path: Path, settings: Settings) -> None:
    path = manifest(tmp_path / "own", test_data, up_votes="2", down_votes="0")
    summary = import_corpus(settings, path, None)
    assert (summary.origin, summary.imported) == ("own/digits", 3)
    assert rejects(settings) == [("6_theo_0.wav", "missing_audio")]
    kept = mp3s(settings)
    for path_, text, _, duration, _, verdict, up, _, _, speaker, *_ in rows(settings):
        info = soundfile.info(io.BytesIO(kept[str(path_)]))
        assert (info.samplerate, info.channels, info.format) == (32000, 1, "MP3")
        assert (verdict, up) == ("valid", 2)
        name = str(path_)[4:].rsplit("-", 1)[0]
        assert (text, speaker) == (f"digit {name[0]}", f"own/digits: {name.split('_')[1]}")
        spoken = decode(str(test_data / "fsdd" / "recordings" / f"{name}.wav"))
        assert duration == pytest.approx(len(spoken) / 16, abs=1)
        assert len(decode(kept[str(path_)])) == pytest.approx(len(spoken), abs=16)
    again = import_corpus(settings, path, None)
    assert (again.imported, again.there_before) == (0, 3)


def test_two_manifests_may_use_the_same_names(
    test_data: Path, tmp_path: Path, settings: Settings
) -> None:
    for name in ("one", "two"):
        assert import_corpus(settings, manifest(tmp_path / name, test_data), None).imported == 3
    assert len(rows(settings)) == len(mp3s(settings)) == 6


def test_a_priority_list_goes_first(
    test_data: Path, tmp_path: Path, write_clips: WriteTable, settings: Settings
) -> None:
    root = small_release(tmp_path, test_data, write_clips)
    names = [clip.stem for clip in real_clips(test_data)[:5]]
    scores = tmp_path / "unsure.csv"
    scores.write_text(
        f"key,score\n{names[2]}.mp3,0.5\n{names[3]},-2\nclips/{names[0]}.mp3,7e1\n"
        "common_voice_en_1.mp3,1\nnobody,3\n5,11\n77,1\n"
    )
    summary = import_corpus(settings, root, scores)
    # The first is a reject, the second no clip, the last the number of none.
    assert summary.unknown_keys == ["common_voice_en_1.mp3", "nobody", "77"]
    unknown = (settings.data / "import-unknown-keys.txt").read_text()
    assert unknown == "common_voice_en_1.mp3\nnobody\n77\n"
    context = open_context(settings)
    with context.reading() as session:
        told = {clip.id: clip.priority for clip in session.scalars(select(Clip))}
    context.engine.dispose()
    assert told == {1: 70.0, 2: None, 3: 0.5, 4: -2.0, 5: 11.0}
    scores.write_text(f"key,score\n{names[1]},1\n")
    assert import_corpus(settings, root, scores).unknown_keys == []
    assert sorted(float(str(row[8])) for row in rows(settings) if row[8]) == [
        -2.0,
        0.5,
        1.0,
        11.0,
        70.0,
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clip,score\na,1\n", "unsure.csv:1: no column 'key'"),
        ("key,score\na,high\n", "unsure.csv:2: the score 'high' is no number"),
        ("key,score\na,nan\n", "unsure.csv:2: the score 'nan' is no number"),
        ("key,score\na,1,2\n", "unsure.csv:2: 3 columns where the header has 2"),
    ],
)
def test_a_priority_list_must_be_one(
    text: str, message: str, tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "unsure.csv").write_text(text)
    with pytest.raises(FormatError, match=message):
        import_corpus(settings, tmp_path, tmp_path / "unsure.csv")


def test_what_is_no_corpus_is_told_so(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "notes.txt").write_text("Remember the milk.\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "page.tar.gz").write_text("<html>")
    for name, message in (
        ("absent", "absent: is not there"),
        ("notes.txt", "is neither an archive"),
        ("folder", "holds no Common Voice release"),
        ("page.tar.gz", "is no tar archive: it is a web page"),
    ):
        with pytest.raises(MynaError, match=message):
            import_corpus(settings, tmp_path / name, None)
    assert list((settings.data / "incoming").iterdir()) == []


def test_of_several_languages_the_app_s_is_chosen(
    test_data: Path, tmp_path: Path, write_clips: WriteTable, settings: Settings
) -> None:
    root = small_release(tmp_path, test_data, write_clips)
    shutil.copytree(root, root.parent / "cy")
    assert import_corpus(settings, root.parent, None).imported == 5
    with pytest.raises(UsageError, match="several releases"):
        import_corpus(Settings(tmp_path / "other", locale="de"), root.parent, None)


def test_one_import_at_a_time(tmp_path: Path, settings: Settings) -> None:
    settings.data.mkdir()
    with (
        hold_file(settings.data / "import.lock", settings.data, "import"),
        pytest.raises(StorageError, match="another import is at work here"),
    ):
        import_corpus(settings, tmp_path, None)


def test_a_damaged_archive_keeps_what_came_and_goes_on_with_a_good_one(
    test_data: Path, tmp_path: Path, write_clips: WriteTable, settings: Settings
) -> None:
    root = small_release(tmp_path, test_data, write_clips)
    whole = archive(root, tmp_path / "cv-corpus-9.0-2022-04-27-en.tar.gz")
    torn = tmp_path / "torn.tar.gz"
    torn.write_bytes(whole.read_bytes()[:-20_000])
    with pytest.raises(MynaError, match="is damaged or incomplete"):
        import_corpus(settings, torn, None)
    assert import_corpus(settings, whole, None).imported == 5


def test_sentences_of_a_corpus_are_read_aloud_once_a_file_lists_them(
    test_data: Path, tmp_path: Path, write_clips: WriteTable
) -> None:
    root = small_release(tmp_path, test_data, write_clips)
    listed = tmp_path / "sentences.txt"
    listed.write_text("It is common_voice_en_41917153.mp3.\n")
    settings = Settings(tmp_path / "data", sentences=listed)
    import_corpus(settings, root, None)
    context: Context = open_context(settings)
    take_sentences(context)
    with context.reading() as session:
        used = session.scalars(select(Sentence.text).where(Sentence.is_used)).all()
    context.engine.dispose()
    assert used == ["It is common_voice_en_41917153.mp3."]
