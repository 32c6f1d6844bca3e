"""What is said of a split in the report: what it rests on, what it shares, what is left out.

Counts are of accepted rows; whether their audio can be used is not known yet.
"""

import numpy as np
from numpy.typing import NDArray

from importers.corpus import SPLITS
from importers.splits.clips import NOWHERE, TRAIN, Codes, SplitClips
from importers.splits.maximal import publishes_held_out
from importers.splits.sharing import shared_across


def split_notes(
    rule: str, clips: SplitClips, codes: Codes, rest: str, duplicate_sentences: int
) -> list[str]:
    """Sentences on a split that was made by one of SPLIT_RULES.

    ``rest`` is the name of the CSV with the validated clips that are in no split.
    """
    if not len(clips):
        return ["split: no clip is left that could be in train, dev or test"]
    if rule == "official":
        return _official(clips, codes)
    if rule == "conversation":
        notes = _by_conversation(clips, codes, rest)
    elif rule == "contiguous":
        notes = _contiguous(clips, codes)
    else:
        if rule == "maximal":
            notes = _maximal(clips, codes, rest)
        elif rule == "speaker":
            notes = _by_speaker(clips, codes)
        else:
            notes = _corpora_creator(clips, codes, rest, duplicate_sentences)
        notes += _nameless(clips)
    return [*notes, *_empty(clips, codes)]


def _empty(clips: SplitClips, codes: Codes) -> list[str]:
    return [
        f"split: {name} is empty"
        for number, name in enumerate(SPLITS)
        if not (clips.valid & (codes == number)).any()
    ]


def _nameless(clips: SplitClips) -> list[str]:
    if not clips.speakers:
        return ["split: the corpus names no speakers, so sentences alone are kept apart"]
    nameless = np.count_nonzero(clips.speaker < 0)
    if not nameless:
        return []
    return [f"split: {nameless:,} clips name no speaker, so their sentences alone are kept apart"]


def _official(clips: SplitClips, codes: Codes) -> list[str]:
    if not (codes != NOWHERE).any():
        return ["split: the corpus has none of its own: every clip is in a set called rest"]
    shared = shared_across(clips, codes)
    speakers = f"{shared.speakers:,} speakers and " if clips.speakers else ""
    return [
        "split: the corpus's own; its train, dev and test share "
        f"{speakers}{shared.sentences:,} sentences"
        + ("" if clips.speakers else "; it names no speakers")
    ]


def _maximal(clips: SplitClips, codes: Codes, rest: str) -> list[str]:
    published = clips.valid & (clips.published == TRAIN)
    left_out = clips.valid & (codes == NOWHERE)
    notes = ["split: maximal: no clip is dev or test in the corpus, so they are built by speaker"]
    if publishes_held_out(clips):
        train = clips.valid & (codes == TRAIN)
        notes = [f"split: maximal: dev and test are the corpus's own{_train(published, train)}"]
    if left_out.any():
        removed = np.count_nonzero(published & left_out)
        notes.append(
            f"split: {np.count_nonzero(left_out):,} validated clips share a speaker or sentence "
            f"with dev or test and are in {rest}"
            + (f"; {removed:,} of them are train in the corpus" if removed else "")
        )
    shared = shared_across(clips, codes)
    if shared.speakers or shared.sentences:
        notes.append(
            f"split: dev and test, which are the corpus's own, share {shared.speakers:,} speakers "
            f"and {shared.sentences:,} sentences"
        )
    return notes


def _train(published: NDArray[np.bool_], train: NDArray[np.bool_]) -> str:
    if (published == train).all():
        return ", and so is train"
    return (
        f"; train has {np.count_nonzero(train):,} clips, {np.count_nonzero(published):,} in the "
        "corpus (before their audio is judged)"
    )


def _by_speaker(clips: SplitClips, codes: Codes) -> list[str]:
    if not clips.speakers:
        return []
    nowhere = np.count_nonzero(codes == NOWHERE)
    return [
        "split: by speaker; no speaker and no sentence is in two of train, dev and test"
        + (f"; {nowhere:,} clips that would break this are in none" if nowhere else "")
    ]


def _by_conversation(clips: SplitClips, codes: Codes, rest: str) -> list[str]:
    nowhere = np.count_nonzero(clips.valid & (codes == NOWHERE))
    shared = shared_across(clips, codes)
    notes = [
        "split: by conversation; no speaker and no conversation is in two of train, dev and test"
        + (f"; {nowhere:,} clips that would break this are in {rest}" if nowhere else "")
    ]
    if shared.sentences:
        notes.append(f"split: {shared.sentences:,} sentences are in more than one of the three")
    if not clips.conversations:
        notes.append("split: the corpus names no conversations, so speakers alone are kept apart")
    nameless = np.count_nonzero(clips.speaker < 0)
    if nameless:
        notes.append(
            f"split: {nameless:,} clips name no speaker, so they are kept apart by their "
            "conversation or, where they name none, by their sentence alone"
        )
    return notes


def _contiguous(clips: SplitClips, codes: Codes) -> list[str]:
    shared = shared_across(clips, codes)
    return [
        "split: contiguous: 64 % train, 16 % dev, 20 % test in the order of the corpus; they share "
        f"{shared.speakers:,} speakers, {shared.conversations:,} conversations and "
        f"{shared.sentences:,} sentences"
        + ("" if clips.speakers else "; the corpus names no speakers")
    ]


def _corpora_creator(
    clips: SplitClips, codes: Codes, rest: str, duplicate_sentences: int
) -> list[str]:
    left_out = np.count_nonzero(clips.valid & (codes == NOWHERE))
    times = "once" if duplicate_sentences == 1 else f"{duplicate_sentences:,} times at most"
    notes = [
        f"split: by CorporaCreator's rule, each sentence {times}; {left_out:,} validated clips "
        f"more are in {rest}"
    ]
    shared = shared_across(clips, codes)
    if shared.sentences:
        alike = ", alike but for case and punctuation," if duplicate_sentences == 1 else ""
        notes.append(
            f"split: {shared.sentences:,} sentences{alike} are in more than one of train, dev and "
            "test"
        )
    return notes
