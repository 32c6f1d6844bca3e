"""The columns that the rules work on."""

from importers.splits.clips import NOWHERE, SplitClipsBuilder, fingerprint


def test_columns_hold_what_was_added() -> None:
    builder = SplitClipsBuilder()
    builder.append("ann", fingerprint("x"), valid=True, published="dev")
    builder.append(None, fingerprint("y"), valid=False, conversation="call 2")
    builder.append("bob", fingerprint("x"), valid=True)
    builder.append("ann", 2**64 - 1, valid=True, published="test", conversation="call 1")
    clips = builder.build()
    assert len(clips) == 4
    assert [clips.speakers[number] if number >= 0 else None for number in clips.speaker] == [
        "ann", None, "bob", "ann",
    ]  # fmt: skip
    assert clips.conversation.tolist() == [NOWHERE, 0, NOWHERE, 1]
    assert clips.conversations == ("call 2", "call 1")
    assert [int(clips.fingerprints[number]) for number in clips.sentence] == [
        fingerprint("x"), fingerprint("y"), fingerprint("x"), 2**64 - 1,
    ]  # fmt: skip
    assert clips.valid.tolist() == [True, False, True, True]
    assert clips.published.tolist() == [1, NOWHERE, NOWHERE, 2]


def test_no_clips() -> None:
    clips = SplitClipsBuilder().build()
    assert len(clips) == len(clips.speakers) == len(clips.fingerprints) == 0
    assert len(clips.conversation) == len(clips.conversations) == 0


def test_some_of_the_clips_keep_their_numbers() -> None:
    builder = SplitClipsBuilder()
    for speaker, sentence in (("ann", 1), ("bob", 2), ("cy", 2)):
        builder.append(speaker, sentence, valid=speaker != "ann", conversation=speaker[0])
    clips = builder.build()
    some = clips.only(clips.valid)
    assert some.speaker.tolist() == [1, 2]
    assert some.sentence.tolist() == [1, 1]
    assert some.conversation.tolist() == [1, 2]
    assert some.conversations == ("a", "b", "c")
    assert some.speakers == ("ann", "bob", "cy")
