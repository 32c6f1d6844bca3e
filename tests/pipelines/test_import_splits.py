"""Splits of accepted rows: which rule, over which of them, and what is said of it."""

from dataclasses import replace

import pytest

from importers.corpora.common_voice import INFO
from importers.corpus import Audio, CorpusInfo, Utterance
from pipelines.import_labels import Accepted, Judge, LabelRules
from pipelines.import_splits import Labeller

REST = "cv-valid-rest.csv"
NO_SPEAKERS = "split: the corpus names no speakers, so sentences alone are kept apart"


def utterance(
    key: str,
    text: str = "Hello!",
    speaker: str | None = "ann",
    group: str = "valid",
    split: str | None = None,
    locale: str = "en",
    conversation: str | None = None,
) -> Utterance:
    audio = Audio(f"clips/{key}.mp3")
    return Utterance(key, audio, text, speaker, locale, group, split, conversation=conversation)


def labelled(
    rules: LabelRules, *rows: Utterance, info: CorpusInfo = INFO
) -> tuple[list[str | None], list[str]]:
    labeller = Labeller(info, rules)
    for row in Judge(rules)(rows):
        assert isinstance(row, Accepted)
        labeller.add(row)
    labels, notes = labeller.decide()
    assert len(labels) == len(rows)
    return list(labels), notes


PUBLISHED = (
    utterance("a", "one", split="train"),
    utterance("b", "ONE!", split="test", speaker="bob"),
    utterance("c", "two", split="dev"),
    utterance("d", "three", group="other", speaker="cid"),
    utterance("e", "four", group="invalid"),
    utterance("f", "five", speaker="dot"),
    utterance("g", "six", speaker="dot", split="train"),
)


def test_official_splits_stay_as_published_and_what_they_share_is_said() -> None:
    labels, notes = labelled(LabelRules(split="official"), *PUBLISHED)
    assert labels == ["train", "test", "dev", None, None, None, "train"]
    assert notes == [
        "split: the corpus's own; its train, dev and test share 1 speakers and 1 sentences"
    ]


def test_by_default_train_gets_what_shares_nothing_with_dev_and_test() -> None:
    labels, notes = labelled(LabelRules(), *PUBLISHED)
    # ann is in dev, and bob says in test what she says in train.
    assert labels == [None, "test", "dev", "train", None, "train", "train"]
    assert notes == [
        "split: maximal: dev and test are the corpus's own; train has 2 clips, 2 in the corpus "
        "(before their audio is judged)",
        f"split: 1 validated clips share a speaker or sentence with dev or test and are in {REST}; "
        "1 of them are train in the corpus",
    ]
    assert labelled(LabelRules(split="maximal"), *PUBLISHED) == (labels, notes)


def test_what_published_dev_and_test_share_is_said() -> None:
    _, notes = labelled(
        LabelRules(),
        utterance("a", "one", split="dev"),
        utterance("b", "one", split="test"),
        utterance("c", "two", speaker="bob"),
    )
    assert notes[1:] == [
        "split: dev and test, which are the corpus's own, share 1 speakers and 1 sentences"
    ]


def test_another_corpus_keeps_its_own_splits_by_default() -> None:
    labels, _ = labelled(LabelRules(), *PUBLISHED, info=replace(INFO, default_split="official"))
    assert labels == ["train", "test", "dev", None, None, None, "train"]


def test_splits_without_speakers_stay_as_published_by_default() -> None:
    """The release of 2017: nearly every sentence of dev and test is in train, too."""
    rows = [replace(row, speaker=None) for row in PUBLISHED]
    labels, notes = labelled(LabelRules(), *rows)
    assert labels == ["train", "test", "dev", None, None, None, "train"]
    assert notes == [
        "split: the corpus's own; its train, dev and test share 1 sentences; it names no speakers"
    ]
    labels, notes = labelled(LabelRules(split="maximal"), *rows)
    assert labels == [None, "test", "dev", "train", None, "train", "train"]
    assert notes[-1] == NO_SPEAKERS


def thirty_speakers() -> list[Utterance]:
    """90 clips with as many sentences, the first of each speaker without enough votes."""
    return [
        utterance(
            f"{speaker}-{n}", f"{'x' * (speaker + 1)} {'y' * (n + 1)}", speaker=str(speaker),
            group="other" if n == 0 else "valid",
        )
        for speaker in range(30)
        for n in range(3)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("split", "note"),
    [
        (None, "split: maximal: no clip is dev or test in the corpus, so they are built by "
         "speaker"),
        ("speaker", "split: by speaker; no speaker and no sentence is in two of train, dev and "
         "test"),
    ],
)  # fmt: skip
def test_splits_are_built_over_valid_and_other_where_the_corpus_has_none(
    split: str | None, note: str
) -> None:
    rows = thirty_speakers()
    labels, notes = labelled(LabelRules(split=split), *rows, utterance("z", group="invalid"))
    assert labels.pop() is None  # invalid clips are in no split
    by_speaker = {(row.speaker, label) for row, label in zip(rows, labels, strict=True)}
    assert len(by_speaker) == 30
    assert {label for _, label in by_speaker} == {"train", "dev", "test"}
    assert notes == [note]


def test_corpora_creator_compares_sentences_to_the_letter_and_leaves_other_out() -> None:
    rows = [
        utterance("a", "One.", speaker="ann"),
        utterance("b", "one.", speaker="bob"),
        utterance("c", "Two.", speaker="ann"),
        utterance("d", "Two.", speaker="bob"),
        utterance("e", "Three.", speaker="cid"),
        utterance("f", "Four.", speaker="cid"),
        utterance("g", "Five.", speaker="cid"),
        utterance("h", "Six.", speaker="cid"),
        utterance("i", "Seven.", speaker="eve"),
        utterance("j", "Eight.", group="other", speaker="eve"),
        utterance("k", "Nine.", group="invalid", speaker="eve"),
        utterance("l", "Ten.", speaker="cid"),
        utterance("m", "Ten.", speaker="cid"),
    ]
    rules = LabelRules(split="corpora-creator")
    labels, notes = labelled(rules, *rows)
    # 9 sentences: dev and test are 2 clips at most. eve has 1 clip, ann 2, bob 2, cid 6.
    train = ["train"] * 4
    assert labels == [
        "dev", "test", "dev", None, *train, "test", None, None, "train", None,
    ]  # fmt: skip
    assert notes == [
        "split: by CorporaCreator's rule, each sentence once; 2 validated clips more are in "
        + REST,
        "split: 1 sentences, alike but for case and punctuation, are in more than one of train, "
        "dev and test",
    ]
    # 11 clips, of which dev and test are 3 at most.
    labels, notes = labelled(replace(rules, duplicate_sentences=2), *rows)
    assert labels == [
        "test", "dev", "test", "dev", *train, "test", None, None, "train", "train",
    ]  # fmt: skip
    assert notes == [
        "split: by CorporaCreator's rule, each sentence 2 times at most; 0 validated clips more "
        f"are in {REST}",
        "split: 2 sentences are in more than one of train, dev and test",
    ]


@pytest.mark.parametrize("split", ["maximal", "speaker", "corpora-creator"])
def test_a_corpus_without_speakers_says_so(split: str) -> None:
    labels, notes = labelled(
        LabelRules(split=split),
        *(utterance(str(n), "x" * (n % 10 + 1), speaker=None) for n in range(20)),
    )
    assert notes[-1] == NO_SPEAKERS
    assert {"train", "dev", "test"} <= set(labels)


def test_clips_that_name_no_speaker_are_counted() -> None:
    _, notes = labelled(LabelRules(), *PUBLISHED, utterance("z", "seven", speaker=None))
    assert notes[-1] == ("split: 1 clips name no speaker, so their sentences alone are kept apart")


@pytest.mark.parametrize("split", ["maximal", "speaker", "corpora-creator"])
def test_empty_splits_are_told(split: str) -> None:
    labels, notes = labelled(LabelRules(split=split), utterance("a"))
    assert labels == ["train"]
    assert notes[-2:] == ["split: dev is empty", "split: test is empty"]


def test_official_of_a_corpus_that_has_none_is_said() -> None:
    labels, notes = labelled(LabelRules(split="official"), utterance("a"))
    assert labels == [None]
    assert notes == ["split: the corpus has none of its own: every clip is in a set called rest"]


def forty_calls(*, torn: bool = False) -> list[Utterance]:
    """400 clips of calls between two who call once; ``torn``: of ten who all call each other."""
    return [
        utterance(
            f"{call}-{side}-{n}", f"{'x' * (call + 1)} {'ab'[side]} {'y' * n}",
            speaker=str((call + side * (call // 10 + 1)) % 10) if torn else f"{call}-{side}",
            conversation=str(call),
        )
        for call in range(40) for side in range(2) for n in range(1, 6)
    ]  # fmt: skip


@pytest.mark.parametrize("split", [None, "conversation"])
def test_calls_are_kept_apart(split: str | None) -> None:
    """By the corpus's default or by name."""
    info = INFO if split else replace(INFO, default_split="conversation")
    rows = forty_calls()
    labels, notes = labelled(LabelRules(split=split), *rows, info=info)
    by_call = {(row.conversation, label) for row, label in zip(rows, labels, strict=True)}
    assert len(by_call) == 40
    # 400 clips are 138 to 131: 13 calls.
    assert [labels.count(one) for one in ("train", "dev", "test")] == [140, 130, 130]
    assert notes == [
        "split: by conversation; no speaker and no conversation is in two of train, dev and test"
    ]


def test_what_is_left_out_between_calls_is_said() -> None:
    labels, notes = labelled(LabelRules(split="conversation"), *forty_calls(torn=True))
    lost = labels.count(None)
    assert lost > 0
    assert notes == [
        "split: by conversation; no speaker and no conversation is in two of train, dev and test; "
        f"{lost:,} clips that would break this are in {REST}"
    ]


def test_what_a_split_by_conversation_does_not_look_at_is_said() -> None:
    rows = [utterance(str(n), "yeah", speaker=str(n) if n else None) for n in range(30)]
    _, notes = labelled(LabelRules(split="conversation"), *rows)
    assert notes[1:] == [
        "split: 1 sentences are in more than one of the three",
        "split: the corpus names no conversations, so speakers alone are kept apart",
        "split: 1 clips name no speaker, so they are kept apart by their conversation or, where "
        "they name none, by their sentence alone",
    ]


def test_contiguous_says_what_leaks() -> None:
    labels, notes = labelled(LabelRules(split="contiguous"), *forty_calls(torn=True))
    assert labels == ["train"] * 256 + ["dev"] * 64 + ["test"] * 80
    # Call 25 is cut in two by the 256th clip; all ten speak in each of the three.
    assert notes == [
        "split: contiguous: 64 % train, 16 % dev, 20 % test in the order of the corpus; they share "
        "10 speakers, 1 conversations and 0 sentences"
    ]


def test_a_train_that_stays_as_it_is_is_not_said_to_have_changed() -> None:
    _, notes = labelled(LabelRules(), PUBLISHED[1], PUBLISHED[6])
    assert notes == [
        "split: maximal: dev and test are the corpus's own, and so is train",
        "split: dev is empty",
    ]


@pytest.mark.parametrize("split", [None, "official", "maximal", "speaker", "corpora-creator"])
def test_of_no_clips_nothing_is_claimed(split: str | None) -> None:
    labels, notes = labelled(LabelRules(split=split))
    assert (labels, notes) == ([], ["split: no clip is left that could be in train, dev or test"])
    _, notes = labelled(LabelRules(split=split), utterance("a", group="invalid"))
    assert notes == ["split: no clip is left that could be in train, dev or test"]


def test_what_a_user_says_of_the_language_is_held_against_the_rows() -> None:
    labeller = Labeller(INFO, LabelRules(split="official"), "xx")
    for row in Judge(LabelRules())([utterance("a")]):
        assert isinstance(row, Accepted)
        labeller.add(row)
    _, notes = labeller.decide()
    assert notes[1:] == ["language: --locale xx changes nothing, for all clips tell their own: en"]
