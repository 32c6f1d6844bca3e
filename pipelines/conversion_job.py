"""What the steps of a conversion are told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConversionJob:
    """What every worker needs to know; paths must mean the same to all of them."""

    target: str
    digest: str
    """Of the conversion parameters."""
    root: str
    """The folder of a release, or the archive file."""
    prefix: str
    """What stands before the audio's path in the archive's member names; "" for a folder."""
    plan: str
    """The file with the clips to convert."""
    first_shard: int
    """Where the numbers of the shards begin."""
    threads: int
    superseded: frozenset[int] = frozenset()
    """Numbers of the archive's members that later ones replace."""
    audio_format: str = "wav"
    """One of native.audio.AUDIO_FORMATS."""
    silence_dbfs: float | None = None
    """Clips that are never so loud are rejected; None: none is."""
    pad_start: float = 0.0
    """Seconds by which segments of recordings begin earlier."""
    pad_end: float = 0.0
    """And end later."""
    keep_encoded: bool = False
    """Keep an archive's encoded clips as files."""
