"""Judging rows: names, duplicates, texts, votes."""

import pytest

from importers.corpus import Audio, Utterance
from importers.report import Reason, Reject
from importers.votes import Votes
from pipelines.import_labels import Accepted, Judge, LabelRules


def utterance(
    key: str = "a",
    text: str = "Hello!",
    path: str | None = None,
    speaker: str | None = "ann",
    group: str = "valid",
    split: str | None = None,
    votes: Votes | None = None,
    locale: str = "en",
) -> Utterance:
    return Utterance(
        key, Audio(path or f"clips/{key}.mp3"), text, speaker, locale, group, split, votes
    )


def judged(*rows: Utterance | Reject, **rules: str) -> list[Accepted | Reject]:
    return list(Judge(LabelRules(**rules))(rows))  # type: ignore[arg-type]


def test_accepted_with_its_transcript() -> None:
    row = utterance(text="Hello, World!")
    assert judged(row) == [Accepted(row, "hello world", "Hello, World!")]


def test_a_corpus_resolves_its_markup_before_the_text_rules() -> None:
    row = utterance(text="it 's [noise] 7")
    (one,) = Judge(LabelRules(), lambda text: text.replace(" '", "'").replace("[noise] 7", ""))(
        [row]
    )
    assert one == Accepted(row, "it's", "it's ")


def test_the_locale_decides_over_lower_case() -> None:
    (one,) = judged(utterance(text="IŞIK", locale="tr"))
    assert isinstance(one, Accepted)
    assert one.transcript == "ışık"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (utterance(key="../a"), Reason.BAD_NAME),
        (utterance(key=".a"), Reason.BAD_NAME),
        (utterance(key=""), Reason.BAD_NAME),
        (utterance(key="a\tb"), Reason.BAD_NAME),
        (utterance(key="x" * 201), Reason.BAD_NAME),
        (utterance(path="clips/../../../etc/passwd"), Reason.BAD_NAME),
        (utterance(path="/etc/passwd"), Reason.BAD_NAME),
        (utterance(text="Route 66"), Reason.DIGITS),
        (utterance(text=" … "), Reason.EMPTY_TEXT),
    ],
)
def test_rejected(row: Utterance, reason: Reason) -> None:
    (reject,) = judged(row)
    assert isinstance(reject, Reject)
    assert (reject.key, reject.reason) == (row.key, reason)


def test_symbols_are_refused_by_the_old_rules_alone() -> None:
    (reject,) = judged(utterance(text="(laughs)"), text="deepspeech")
    assert isinstance(reject, Reject)
    assert reject.reason is Reason.SYMBOLS
    (kept,) = judged(utterance(text="(laughs)"))
    assert isinstance(kept, Accepted)


def test_the_second_of_two_rows_of_one_clip_is_a_duplicate() -> None:
    first, second = judged(utterance(), utterance(group="other"))
    assert isinstance(first, Accepted)
    assert second == Reject("a", Reason.DUPLICATE, "other: Hello!")


def test_rejects_of_the_corpus_pass_through() -> None:
    reject = Reject("validated.tsv:3", Reason.BAD_ROW, "x")
    assert judged(reject) == [reject]


def test_recounted_votes_move_clips_out_of_their_group_and_split() -> None:
    judge = Judge(LabelRules(votes="corpora-creator"))
    rows = [
        utterance("a", split="train", votes=Votes(2, 0)),
        utterance("b", split="train", votes=Votes(2, 2)),
        utterance("c", group="other", votes=Votes(0, 2)),
        utterance("d", split="dev"),
    ]
    found = [one.utterance for one in judge(rows) if isinstance(one, Accepted)]
    assert [(one.group, one.split) for one in found] == [
        ("valid", "train"),
        ("invalid", None),
        ("invalid", None),
        ("valid", "dev"),
    ]
    assert judge.recounted == 2
