"""How far voters agree: the share of pairs of votes, and Krippendorff's alpha.

K. Krippendorff, Computing Krippendorff's Alpha-Reliability, University of Pennsylvania, 2011
(https://repository.upenn.edu/asc_papers/43), section on nominal data: any number of voters, each of
whom has judged some of the clips.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from importers.votes import Votes


@dataclass(frozen=True, slots=True)
class VoteSums:
    """Sums over the clips with two votes or more: u yes and d no of m = u + d votes."""

    up: int
    """Of u."""
    down: int
    """Of d."""
    pairs: int
    """Of m (m - 1) / 2."""
    agreeing: int
    """Of u (u - 1) / 2 + d (d - 1) / 2."""
    mixed: float
    """Of u d / (m - 1): the coincidences of a yes with a no."""


def sum_votes(clips: Iterable[tuple[Votes, int]]) -> VoteSums:
    """The sums over clips, told as how often each pair of counts is there."""
    up = down = pairs = agreeing = 0
    mixed = 0.0
    for votes, times in clips:
        u, d = votes.up, votes.down
        m = u + d
        if m > 1:
            up += times * u
            down += times * d
            pairs += times * m * (m - 1) // 2
            agreeing += times * (u * (u - 1) + d * (d - 1)) // 2
            mixed += times * u * d / (m - 1)
    return VoteSums(up, down, pairs, agreeing, mixed)


def share_of_pairs(sums: VoteSums) -> float | None:
    """How many of the pairs of votes on one clip say the same, from 0 to 1; None without pairs."""
    return sums.agreeing / sums.pairs if sums.pairs else None


def krippendorffs_alpha(sums: VoteSums) -> float | None:
    """Agreement beyond what chance gives: 1 is all of it, 0 as by chance, below 0 worse.

    For two values it is 1 - (n - 1) o / (n_up n_down), with o the coincidences of unlike votes and
    n the votes. None where all votes are alike: nothing then tells agreement from chance.
    """
    if not sums.up or not sums.down:
        return None
    return 1 - (sums.up + sums.down - 1) * sums.mixed / (sums.up * sums.down)
