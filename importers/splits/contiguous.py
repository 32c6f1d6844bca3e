"""The rule ``contiguous``: 64 % train, 16 % dev, 20 % test, in the order of the corpus.

DeepSpeech 0.9.3 divided Fisher and Switchboard so (bin/import_fisher.py and bin/import_swb.py,
``_split_sets``; of Fisher each of its two parts), in whatever order the file system named their
files. Speakers and calls are in several splits.
"""

import numpy as np

from importers.splits.clips import DEV, NOWHERE, TEST, TRAIN, Codes, SplitClips


def split_contiguous(clips: SplitClips) -> Codes:
    """A split for each valid clip, by its place among them; the others are nowhere."""
    codes = np.full(len(clips), NOWHERE, np.int8)
    places = np.flatnonzero(clips.valid)
    test_begins = int(0.8 * len(places))
    dev_begins = int(0.8 * test_begins)
    codes[places[:dev_begins]] = TRAIN
    codes[places[dev_begins:test_begins]] = DEV
    codes[places[test_begins:]] = TEST
    return codes
