"""What a release holds, byte by byte where it matters."""

import hashlib
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.clips import ClipRow, read_clips
from importers.errors import StorageError, UsageError
from importers.lock import hold_folder
from importers.votes import PRESETS, Verdict, Votes, decide
from tests.validation_app.release.community import Community, RealClip
from validation_app.release.export import Release
from validation_app.release.names import ReleaseName
from validation_app.release.writer import VOTE_RULE

Export = Callable[..., Release]
Contents = Callable[[Path], dict[str, bytes]]
Rows = Callable[[bytes], list[dict[str, str]]]

CLIPS = (
    "client_id\tpath\tsentence_id\tsentence\tsentence_domain\tup_votes\tdown_votes\tage\tgender\t"
    "accents\tvariant\tlocale\tsegment\n"
)
TABLES = ("train", "dev", "test", "validated", "invalidated", "other")


@pytest.fixture
def five_clips(community: Community, reals: list[RealClip]) -> list[int]:
    """Of two speakers: three valid ones, a rejected one, one that is undecided."""
    ann, bob = community.person("ann", age="thirties"), community.person("bob")
    votes = ("++", "--", "+-", "++-+", "++")
    speakers = (ann, ann, bob, bob, bob)
    return [
        community.clip(who, real, votes=cast)
        for who, real, cast in zip(speakers, reals[:5], votes, strict=True)
    ]


def test_the_files_are_those_of_a_common_voice_release(
    five_clips: list[int], export: Export, contents: Contents
) -> None:
    release = export()
    assert release.archive.name == "cv-corpus-1.0-2026-11-22-en.tar.gz"
    with tarfile.open(release.archive) as tar:
        assert {name.split("/clips/")[0].rpartition("/")[0] for name in tar.getnames()} <= {
            "cv-corpus-1.0-2026-11-22",
            "cv-corpus-1.0-2026-11-22/en",
        }
    assert set(contents(release.archive)) == {
        *(f"clips/common_voice_en_{number}.mp3" for number in five_clips),
        *(f"{table}.tsv" for table in TABLES),
        "reported.tsv",
        "clip_durations.tsv",
        "validated_sentences.tsv",
        "unvalidated_sentences.tsv",
        "README.md",
    }


def test_tables_are_in_todays_columns_and_the_audio_is_what_was_recorded(
    community: Community, five_clips: list[int], reals: list[RealClip], export: Export,
    contents: Contents, rows: Rows,
) -> None:  # fmt: skip
    found = contents(export().archive)
    for table in TABLES:
        assert found[f"{table}.tsv"].decode().startswith(CLIPS)
    assert found["clip_durations.tsv"].decode() == "clip\tduration[ms]\n" + "".join(
        f"common_voice_en_{number}.mp3\t{real.duration_ms}\n"
        for number, real in zip(five_clips, reals, strict=False)
    )
    for number, real in zip(five_clips, reals, strict=False):
        assert found[f"clips/common_voice_en_{number}.mp3"] == real.path.read_bytes()
    paths = {table: [row["path"] for row in rows(found[f"{table}.tsv"])] for table in TABLES}
    name = "common_voice_en_{}.mp3".format
    assert paths["validated"] == [name(1), name(4), name(5)]
    assert paths["invalidated"] == [name(2)]
    assert paths["other"] == [name(3)]
    first = rows(found["validated.tsv"])[0]
    sentence = hashlib.sha256(f"en\n{reals[0].text}".encode()).hexdigest()
    assert first | {"client_id": ""} == {
        "client_id": "", "path": name(1), "sentence_id": sentence, "sentence": reals[0].text,
        "sentence_domain": "", "up_votes": "2", "down_votes": "0", "age": "", "gender": "",
        "accents": "", "variant": "", "locale": "en", "segment": "",
    }  # fmt: skip
    sentences = rows(found["validated_sentences.tsv"])
    assert list(sentences[0]) == [
        "sentence_id", "sentence", "variant", "sentence_domain", "source", "is_used", "clips_count",
    ]  # fmt: skip
    assert {row["sentence"] for row in sentences} == {real.text for real in reals[:5]}
    assert {(row["source"], row["is_used"], row["clips_count"]) for row in sentences} == {
        ("a test", "1", "1")
    }
    assert found["unvalidated_sentences.tsv"] == (
        b"sentence_id\tsentence\tvariant\tsentence_domain\tsource\tup_votes\tdown_votes\tstatus\n"
    )


def test_train_dev_and_test_are_made_by_corpora_creators_rule(
    community: Community, reals: list[RealClip], export: Export, contents: Contents, rows: Rows
) -> None:
    """Of ten sentences four are train; dev and test get the speakers with the fewest clips."""
    for place, (speaker, clips) in enumerate({"a": 4, "b": 3, "c": 2, "d": 1}.items()):
        person = community.person(speaker)
        for number in range(clips):
            community.clip(person, reals[10 * place + number], votes="++")
    community.clip(community.person("e"), reals[45], "Room 101 is here.", votes="++")
    found = contents(export().archive)
    speakers = {
        split: [row["path"] for row in rows(found[f"{split}.tsv"])]
        for split in ("train", "dev", "test", "validated")
    }
    name = "common_voice_en_{}.mp3".format
    assert speakers["test"] == [name(8), name(9), name(10)]
    assert speakers["dev"] == [name(5), name(6), name(7)]
    assert speakers["train"] == [name(1), name(2), name(3), name(4)]
    # A digit keeps a sentence out of them, and the votes on it are not rewritten.
    assert speakers["validated"][-1] == name(11)


def test_the_same_database_gives_the_same_bytes(
    five_clips: list[int], export: Export, tmp_path: Path
) -> None:
    first, second = export(out=tmp_path / "one"), export(out=tmp_path / "two" / "deeper")
    assert first.archive.read_bytes() == second.archive.read_bytes()
    digest = hashlib.sha256(first.archive.read_bytes()).hexdigest()
    assert first.sha256 == digest
    written = (tmp_path / "one" / f"{first.archive.name}.sha256").read_text()
    assert written == f"{digest}  {first.archive.name}\n"
    assert first.archive.read_bytes()[4:8] == b"\0\0\0\0"  # gzip's own date
    with tarfile.open(first.archive) as tar:
        members = tar.getmembers()
        assert {(m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {(0, 0, "", "", 420)}
        assert {m.mtime for m in members} == {1795305600}  # 2026-11-22, 0:00 UTC


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("tab\tline\nboth\r\nend", "tab line both  end"),
        ("next line\u0085and\u2028on", "next line and on"),
        ('a "quote and \\ a back\\slash\\', 'a "quote and \\ a back\\slash\\'),
        ("nul\0 and \ufeffmark", "nul  and  mark"),
        ("Ünïcödé ʼn \u200cjoined 𝄞", "Ünïcödé ʼn \u200cjoined 𝄞"),
    ],
)
def test_no_text_breaks_a_row(
    said: str, written: str, community: Community, reals: list[RealClip], export: Export,
    contents: Contents, tmp_path: Path,
) -> None:  # fmt: skip
    ann = community.person("ann")
    community.clip(ann, reals[0], said, votes="++")
    community.report(ann, said, "other", f"why?\t{said}\n")
    found = contents(export().archive)
    table = tmp_path / "validated.tsv"
    table.write_bytes(found["validated.tsv"])
    (row,) = read_clips(table)
    assert isinstance(row, ClipRow)
    assert row.sentence == written
    reported = found["reported.tsv"].decode().split("\n")
    assert reported[0] == "sentence_id\tsentence\tlocale\treason"
    assert reported[1].split("\t")[1:] == [written, "en", f"why? {written} "]
    assert len(reported) == 3
    assert len(found["validated_sentences.tsv"].decode().split("\n")) == 3


def test_reports_tell_reasons_and_not_who_reported(
    community: Community, reals: list[RealClip], export: Export, contents: Contents
) -> None:
    ann = community.person("ann")
    community.report(ann, "One two.", "grammar-or-spelling", "a comma")
    community.report(community.person("bob"), "One two.", "other", "  ")
    found = contents(export().archive)
    number = hashlib.sha256(b"en\nOne two.").hexdigest()
    assert found["reported.tsv"].decode().split("\n")[1:] == [
        f"{number}\tOne two.\ten\tgrammar-or-spelling",
        f"{number}\tOne two.\ten\tother",
        "",
    ]


@pytest.mark.parametrize(("speakers", "told"), [(4, ""), (5, "twenties")])
def test_of_fewer_than_five_speakers_nothing_is_told(
    speakers: int, told: str, community: Community, reals: list[RealClip], export: Export,
    contents: Contents, rows: Rows,
) -> None:  # fmt: skip
    for number in range(speakers):
        about = {"age": "twenties", "gender": "non-binary", "accents": "Welsh\tEnglish"}
        community.clip(community.person(f"speaker {number}", **about), reals[number])
    community.person("who never spoke", age="nineties")
    found = contents(export().archive)
    row = rows(found["other.tsv"])[0]
    expected = ("twenties", "non-binary", "Welsh English") if told else ("", "", "")
    assert (row["age"], row["gender"], row["accents"]) == expected
    assert ("twenties" in found["README.md"].decode()) is bool(told)


def test_client_ids_are_hashed_with_the_key_and_published_ones_are_kept(
    community: Community, reals: list[RealClip], export: Export, contents: Contents, rows: Rows
) -> None:
    published = "0123456789abcdef" * 8
    names = {"here": None, "released": published, "named": "Ann Smith"}
    people = {name: community.person(name, client_id=known) for name, known in names.items()}
    for person, real in zip(people.values(), reals, strict=False):
        community.clip(person, real)
    found = contents(export().archive)
    here, released, named = (row["client_id"] for row in rows(found["other.tsv"]))
    assert released == published
    everything = b"".join(content for name, content in found.items() if ".mp3" not in name)
    assert b"Ann Smith" not in everything
    for person in people.values():
        assert person.encode() not in everything
        for known in (hashlib.sha512(person.encode()), hashlib.sha256(person.encode())):
            assert known.hexdigest().encode() not in everything
    assert len({here, named, released}) == 3
    assert all(len(name) == 128 and int(name, 16) for name in (here, named))


def test_clips_of_nobody_known_have_no_speaker(
    community: Community, reals: list[RealClip], export: Export, contents: Contents, rows: Rows
) -> None:
    """Nor does nobody count as one of the five of whom something may be told."""
    nobody = community.person("nobody", client_id="")
    for real in reals[:2]:
        community.clip(nobody, real, votes="++")
    for number in range(4):
        about = {"age": "twenties"}
        community.clip(community.person(f"speaker {number}", **about), reals[2 + number])
    found = contents(export().archive)
    assert [row["client_id"] for row in rows(found["validated.tsv"])] == ["", ""]
    assert {row["age"] for row in rows(found["other.tsv"])} == {""}
    assert "6 clips, " in (readme := found["README.md"].decode()) and "of 4 speakers" in readme


def test_clips_without_usable_audio_are_left_out_counted_and_listed(
    community: Community, reals: list[RealClip], export: Export, contents: Contents
) -> None:
    ann = community.person("ann")
    numbers = [community.clip(ann, real, votes="++") for real in reals[:4]]
    numbers += [
        community.clip(ann, real, votes="++", duration_ms=length)
        for real, length in zip(
            reals[4:], (0, 30_001, 30_000, 17_001, 17_000, 500, 499), strict=False
        )
    ]
    audio = community.data / "clips" / "000"
    (audio / "1.mp3").unlink()
    (audio / "2.mp3").write_bytes(b"")
    (audio / "3.mp3").write_bytes(b"\xff" * 255)
    (audio / "4.mp3").write_bytes(b"\xff" * 256)
    release = export()
    assert release.problems is not None
    assert release.problems.name == "cv-corpus-1.0-2026-11-22-en-problem-clips.tsv"
    listed = [line.split("\t") for line in release.problems.read_text().split("\n")[:-1]]
    assert listed[0] == ["path", "locale", "reason", "status", "timestamp", "value"]
    at = "2026-11-22T00:00:00.000Z"
    assert listed[1:] == [
        [f"common_voice_en_{number}.mp3", "en", reason, status, at, value]
        for number, reason, status, value in (
            (1, "MISSING", "EXCLUDED", ""),
            (2, "TOO_SMALL", "EXCLUDED", "0"),
            (3, "TOO_SMALL", "EXCLUDED", "255"),
            (5, "DURATION_ZERO", "EXCLUDED", "0"),
            (6, "TOO_LONG", "EXCLUDED", "30001"),
            (7, "LONG", "WARN", "30000"),
            (8, "LONG", "WARN", "17001"),
            (11, "TOO_SHORT", "WARN", "499"),
        )
    ]
    tally = release.tally
    assert tally.excluded.total() == 5
    assert tally.total("validated.tsv") + tally.excluded.total() == len(numbers)
    found = contents(release.archive)
    assert {name for name in found if name.startswith("clips/")} == {
        f"clips/common_voice_en_{number}.mp3" for number in (4, 7, 8, 9, 10, 11)
    }
    assert "5 clips were left out (DURATION_ZERO 1, MISSING 1, TOO_LONG 1, TOO_SMALL 2)" in (
        found["README.md"].decode()
    )


def test_clips_of_another_language_are_another_release(
    community: Community, five_clips: list[int], reals: list[RealClip], export: Export
) -> None:
    community.locale = "de"
    community.clip(community.person("cat"), reals[9], votes="++")
    tally = export().tally
    assert tally.total("validated.tsv", "invalidated.tsv", "other.tsv") == 1


def test_a_release_does_not_change(five_clips: list[int], export: Export, tmp_path: Path) -> None:
    before = export().archive.read_bytes()
    with pytest.raises(UsageError, match="is there already, and a release does not change"):
        export()
    assert (tmp_path / "releases" / "cv-corpus-1.0-2026-11-22-en.tar.gz").read_bytes() == before


def test_one_export_at_a_time(five_clips: list[int], export: Export, tmp_path: Path) -> None:
    with (
        hold_folder(tmp_path / "releases", tmp_path / "releases", "export"),
        pytest.raises(StorageError, match="another export is at work here"),
    ):
        export()


def test_an_empty_app_gives_an_empty_release(export: Export, contents: Contents) -> None:
    found = contents(export().archive)
    assert found["train.tsv"].decode() == CLIPS
    assert "0 clips, 0.00 hours, of 0 speakers" in found["README.md"].decode()


@pytest.mark.parametrize("version", ["", "v1", "1.", "1/2", "1.0-delta", "..", "１"])
def test_versions_are_numbers(version: str, export: Export) -> None:
    with pytest.raises(UsageError, match="a release is called by a number"):
        export(version)


@pytest.mark.parametrize("locale", ["", "en/..", "x", "en US", "a_b"])
def test_locales_are_language_tags(locale: str) -> None:
    from datetime import date

    with pytest.raises(UsageError, match="is no language tag"):
        ReleaseName("1.0", date(2026, 11, 22), locale)


@given(st.integers(0, 50), st.integers(0, 50))
def test_every_rule_finds_the_same_clips_valid(up: int, down: int) -> None:
    """So it matters for no validated clip that a release decides by another rule than the app."""
    valid = {preset for preset in PRESETS if decide(Votes(up, down), preset) is Verdict.VALID}
    assert valid in (set(), set(PRESETS))
    assert VOTE_RULE in PRESETS
