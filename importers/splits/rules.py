"""The split rules by name, as users choose them."""

from collections.abc import Mapping

SPLIT_RULES: Mapping[str, str] = {
    "official": "the corpus's own splits, just as it publishes them",
    "corpora-creator": "as Common Voice's CorporaCreator makes them: each sentence once, and dev "
    "and test by the speakers with the fewest clips",
    "maximal": "the corpus's own dev and test (built by speaker where it has none), and in train "
    "every other validated clip that shares neither speaker nor sentence with them",
    "speaker": "built by speakers drawn by lot, dev and test as large as a sample with 99% "
    "confidence and 1% margin must be: a third each of a small corpus",
    "conversation": "built by speakers and conversations, of which none is in two of the three; "
    "dev and test as large as by speaker",
    "contiguous": "64% train, 16% dev, 20% test in the order of the corpus, as DeepSpeech divided "
    "Fisher and Switchboard: speakers are in several of them",
}
"""Each rule with a sentence on it."""

NEEDS_PUBLISHED = frozenset({"official", "maximal"})
"""Rules that rest on splits that the corpus publishes."""
