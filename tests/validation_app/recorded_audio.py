"""Recordings as browsers send them, made of real speech; and what is none."""

import subprocess
from pathlib import Path

CLIPS = "cv-corpus-21.0-delta-2025-03-14/en/clips"
BROWSERS = {
    "chrome.webm": ["-c:a", "libopus", "-live", "1"],  # no length, no index: as it was recorded
    "firefox.ogg": ["-c:a", "libopus"],
    "safari.mp4": ["-c:a", "aac"],  # its index at the end
    "fragments.mp4": ["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"],
    "worklet.wav": ["-c:a", "pcm_s16le", "-af", "pan=stereo|c0=c0|c1=c0"],
}


def real_clips(test_data: Path) -> list[Path]:
    """47 clips of Common Voice."""
    return sorted((test_data / CLIPS).glob("*.mp3"))


def encoded(source: Path, target: Path, *options: str) -> bytes:
    """``source`` as ffmpeg writes it into a file of the target's format."""
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-ar", "48000", *options]
    subprocess.run([*command, str(target)], check=True)
    return target.read_bytes()


def tone(target: Path, seconds: float, level: float = 0.1, *options: str) -> bytes:
    """A sine of 440 Hz, its peak at ``level`` of full scale."""
    source = f"aevalsrc={level}*sin(2*PI*440*t):s=48000:d={seconds}"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, *options, str(target)]
    subprocess.run(command, check=True)
    return target.read_bytes()
