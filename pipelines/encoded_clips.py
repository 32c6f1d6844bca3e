"""The encoded clips of an archive, kept as files beside the converted ones: ``--keep-clips``."""

import os
from collections.abc import Container, Iterable

from importers.report import Reject
from pipelines.clip_files import encoded_name
from pipelines.import_state import ImportState
from pipelines.shards import EncodedClip


def keep_encoded(
    clips: Iterable[EncodedClip], converted: Container[str], state: ImportState
) -> dict[str, int]:
    """Write the clips that were converted, each atomically; their sizes in bytes by name.

    What comes as a path lies in a folder already, and stays there. Raises OSError.
    """
    kept = {}
    for one in clips:
        name = encoded_name(one.clip.key, one.clip.audio)
        if name is None or isinstance(one.source, (str, Reject)) or one.clip.key not in converted:
            continue
        target = state.target / name
        target.parent.mkdir(parents=True, exist_ok=True)
        # No other shard has this clip; but another worker may be at this shard, too.
        temporary = state.temporary / f"{os.getpid()}-{one.clip.key}"
        temporary.write_bytes(one.source)
        temporary.replace(target)
        kept[name] = len(one.source)
    return kept
