"""Lots that are the same each time: the order in which a rule takes speakers or calls."""

import hashlib


def draw_lot(seed: int, name: str) -> float:
    """A number in [0, 1) that looks random and depends on the seed and the name alone."""
    digest = hashlib.blake2b(f"{seed}\n{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
