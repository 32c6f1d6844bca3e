"""Train, dev and test for clips that come without: by speaker, with no sentence shared either.

The sizes are those of common-voice/CorporaCreator (src/corporacreator/statistics.py): dev and test
are as large as a sample must be that estimates a share with 99 % confidence and a margin of 1 %.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

# z^2 p (1 - p) / e^2 with z = 2.58 (99 %), p = 0.5, e = 0.01.
_SAMPLE_FACTOR = 16641
_PRIORITY = ("test", "dev", "train")


def sample_size(population: int) -> int:
    """Cochran's sample size with finite population correction, cut to a whole number."""
    return int(_SAMPLE_FACTOR / (1 + _SAMPLE_FACTOR / population)) if population else 0


def split_sizes(clips: int) -> tuple[int, int, int]:
    """(train, dev, test): the largest train with ``2 * sample_size(train) + train <= clips``."""
    low, high = 0, clips
    while low < high:
        middle = (low + high + 1) // 2
        if 2 * sample_size(middle) + middle <= clips:
            low = middle
        else:
            high = middle - 1
    return low, sample_size(low), sample_size(low)


@dataclass(frozen=True, slots=True)
class SplitInput:
    """What decides over a clip's split."""

    speaker: str | None
    sentence: Hashable
    """Equal for clips that count as the same sentence."""
    counts: bool
    """Whether the clip is one of those that the sizes are reckoned over (a valid one)."""


def split_by_speaker(clips: Sequence[SplitInput], seed: int = 0) -> list[str | None]:
    """A split for each clip; no speaker and no sentence is in two of them.

    Speakers are taken in an order hashed from ``seed`` and fill test, then dev, as far as they fit;
    the others are train. Where clips of one sentence have fallen into several splits, the one with
    most of them keeps it (of equals test, then dev) and the other clips are in none (None). Clips
    without a speaker are told apart by their sentence alone: so is a corpus that names no speakers.
    """
    owners = [clip.speaker if clip.speaker is not None else clip.sentence for clip in clips]
    by_owner = _assign_owners(clips, owners, seed)
    chosen = [by_owner[owner] for owner in owners]
    return _keep_sentences_apart(clips, chosen)


def _assign_owners(
    clips: Sequence[SplitInput], owners: Sequence[Hashable], seed: int
) -> dict[Hashable, str]:
    counted = Counter(owner for clip, owner in zip(clips, owners, strict=True) if clip.counts)
    _, dev_size, test_size = split_sizes(counted.total())
    room = {"test": test_size, "dev": dev_size}
    ranked = sorted((_rank(seed, owner), owner) for owner in dict.fromkeys(owners))
    assigned: dict[Hashable, str] = {}
    for rank, owner in ranked:
        count = counted[owner]
        if not count:
            assigned[owner] = _by_share(rank, test_size, dev_size, counted.total())
            continue
        split = next((name for name in ("test", "dev") if count <= room[name]), "train")
        if split in room:
            room[split] -= count
        assigned[owner] = split
    return assigned


def _by_share(rank: float, test: int, dev: int, total: int) -> str:
    """The split of a speaker with no clip that counts, drawn with the sizes as probabilities."""
    if rank * total < test:
        return "test"
    return "dev" if rank * total < test + dev else "train"


def _rank(seed: int, owner: Hashable) -> float:
    """A number in [0, 1) that looks random and depends on the seed and the owner alone."""
    digest = hashlib.blake2b(f"{seed}\n{owner}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _keep_sentences_apart(clips: Sequence[SplitInput], chosen: Sequence[str]) -> list[str | None]:
    counts: defaultdict[Hashable, list[int]] = defaultdict(lambda: [0] * len(_PRIORITY))
    for clip, split in zip(clips, chosen, strict=True):
        counts[clip.sentence][_PRIORITY.index(split)] += 1
    # max() takes the first of equals, so the order of _PRIORITY decides between them.
    keeper = {sentence: _PRIORITY[found.index(max(found))] for sentence, found in counts.items()}
    return [
        split if keeper[clip.sentence] == split else None
        for clip, split in zip(clips, chosen, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class SharedAcrossSplits:
    """How much dev and test have in common with train, and with each other."""

    speakers: int
    sentences: int


def shared_across(clips: Sequence[SplitInput], splits: Sequence[str | None]) -> SharedAcrossSplits:
    """Counts the speakers and the sentences that occur in more than one split."""
    speakers: defaultdict[str, set[str]] = defaultdict(set)
    sentences: defaultdict[Hashable, set[str]] = defaultdict(set)
    for clip, split in zip(clips, splits, strict=True):
        if split is not None:
            sentences[clip.sentence].add(split)
            if clip.speaker is not None:
                speakers[clip.speaker].add(split)
    return SharedAcrossSplits(
        speakers=sum(len(found) > 1 for found in speakers.values()),
        sentences=sum(len(found) > 1 for found in sentences.values()),
    )
