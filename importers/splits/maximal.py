"""The rule ``maximal``: dev and test as published, and in train all that may be trained on.

A release of Common Voice keeps each sentence once, which leaves many of its validated clips in no
split (common-voice/CorporaCreator, issue #113; common-voice/common-voice, issue #4277).
"""

import numpy as np
from numpy.typing import NDArray

from importers.splits.by_speaker import split_by_speaker
from importers.splits.clips import DEV, NOWHERE, TEST, TRAIN, Codes, SplitClips
from importers.splits.sharing import keep_sentences_apart

_UNKNOWN = -2


def publishes_held_out(clips: SplitClips) -> bool:
    """Whether any valid clip has been published as dev or test."""
    return bool(np.isin(clips.published[clips.valid], (DEV, TEST)).any())


def split_maximal(clips: SplitClips, seed: int = 0) -> Codes:
    """A split for each clip; train shares no speaker and no sentence with dev and test.

    Valid clips: dev and test are the published ones; where there are none of either, they are those
    of split_by_speaker. Train are all others that share neither speaker nor sentence with them: a
    clip published as train may leave it. Clips that are not valid go where their speaker and their
    sentence already are; nowhere, where these are in two splits. Clips without a speaker are kept
    apart by their sentence alone.
    """
    codes = _held_out(clips, seed)
    of_speaker, of_sentence = _homes_of(clips, codes)
    codes[clips.valid & (of_speaker == _UNKNOWN) & (of_sentence == _UNKNOWN)] = TRAIN
    _place_undecided(clips, codes)
    return codes


def _held_out(clips: SplitClips, seed: int) -> Codes:
    """Dev and test among the valid clips; all others nowhere."""
    codes = np.full(len(clips), NOWHERE, np.int8)
    codes[clips.valid] = (
        clips.published[clips.valid]
        if publishes_held_out(clips)
        else split_by_speaker(clips.only(clips.valid), seed)
    )
    codes[codes == TRAIN] = NOWHERE
    return codes


def _place_undecided(clips: SplitClips, codes: Codes) -> None:
    """Put the clips that are not valid into splits, in place.

    A speaker whom no valid clip has put anywhere goes to train; such a sentence goes where most of
    its clips' speakers are.
    """
    of_speaker, of_sentence = _homes_of(clips, codes)
    fallback = np.where((clips.speaker < 0) & (of_sentence != _UNKNOWN), of_sentence, TRAIN)
    wanted = np.where(of_speaker == _UNKNOWN, fallback, of_speaker).astype(np.int8)
    agreed = ~clips.valid & (of_sentence == wanted)
    codes[agreed] = wanted[agreed]
    new = ~clips.valid & (of_sentence == _UNKNOWN) & (wanted != NOWHERE)
    codes[new] = keep_sentences_apart(clips.sentence[new], wanted[new])


def _homes_of(clips: SplitClips, codes: Codes) -> tuple[Codes, Codes]:
    """For each clip, the splits that its speaker and its sentence are in (see _homes)."""
    named = clips.speaker >= 0
    of_speaker = np.full(len(clips), _UNKNOWN, np.int8)
    speakers = _homes(len(clips.speakers), clips.speaker[named], codes[named])
    of_speaker[named] = speakers[clips.speaker[named]]
    return of_speaker, _homes(len(clips.fingerprints), clips.sentence, codes)[clips.sentence]


def _homes(numbers: int, number: NDArray[np.integer], codes: Codes) -> Codes:
    """The split of each speaker or sentence, by number: _UNKNOWN for none, NOWHERE for several."""
    homes = np.full(numbers, _UNKNOWN, np.int8)
    for code in (TRAIN, DEV, TEST):
        found = np.unique(number[codes == code])
        homes[found] = np.where(homes[found] == _UNKNOWN, code, NOWHERE)
    return homes
