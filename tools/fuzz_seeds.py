"""What the fuzz targets begin with: small whole files of every kind that they read."""

import base64
import io
import struct
import tarfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
from numpy.typing import NDArray

from native.lexicon import build_lexicon
from native.spelling import SpelledWord
from tests.native import shorten_encoder as encoder
from tests.native.shorten_encoder import Settings, shorten
from tests.native.sphere_files import sphere

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = 400  # of a generated file: an input is small, or little of it is ever changed

# (container, encoding) as soundfile names them: all containers that we import.
FORMATS = (
    ("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "ULAW"), ("WAV", "IMA_ADPCM"), ("WAVEX", "PCM_24"),
    ("AIFF", "PCM_16"), ("AU", "ALAW"), ("NIST", "PCM_16"), ("VOC", "PCM_U8"), ("W64", "PCM_16"),
    ("FLAC", "PCM_16"), ("CAF", "PCM_16"), ("CAF", "ALAC_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"),
    ("RF64", "PCM_16"), ("MP3", "MPEG_LAYER_III"),
)  # fmt: skip

ARPA = """\\data\\
ngram 1=7
ngram 2=1

\\1-grams:
-1.0\t<unk>
0\t<s>\t0
-1.0\t</s>
-0.5\ta\t-0.1
-1.5\tab
-0.9\tba
-2.0\tb

\\2-grams:
-0.3\ta a

\\end\\
"""
"""A language model for the lexicons."""


def write_seeds(folder: Path) -> None:
    """A folder of inputs for each target, in its layout."""
    heads = {name: content[:2048] for name, content in audio_files()}
    seeds = {
        "acoustic_output": dict(acoustic_outputs()),
        "audio_head": {**heads, "page": b"\xef\xbb\xbf \n<!DOCTYPE html><html></html>" + bytes(32)},
        "mpeg_stream": {name: bytes(16) + content for name, content in heads.items()},
        "audio_decode": {name: bytes(4) + content for name, content in audio_files()},
        "sphere": {name: b"\x40" + content for name, content in sphere_files()},
        "text_rules": dict(texts()),
        "sentences": {**dict(texts()), "lines": b"\2a b\nab\n\n <s> \nA\0c\xcc\x81\na  b"},
        "lexicon": dict(lexicons()),
        "decoder": dict(searches()),
        "aligner": dict(alignments()),
    }
    for target, name, content in once_broken():
        seeds[target][name] = content
    for target, inputs in seeds.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, content in inputs.items():
            (folder / target / name).write_bytes(content)


def once_broken() -> Iterator[tuple[str, str, bytes]]:
    """(target, name, input) of what was found, so that it is tried each time."""
    yield "sphere", "negative-count", b"\0" + sphere(bytes(99), {"sample_count": "-i -5"})
    frame = b"\xff\xfb\x90\x64" + bytes(413)  # without a tag: seems longer than it is
    yield "mpeg_stream", "offset-below-0", struct.pack("<qq", -(2**63), -1) + frame
    w64 = encoded(np.zeros(SAMPLES), "W64", "PCM_16")
    size = w64.index(b"data") + 16  # of the data chunk
    far = w64[:size] + struct.pack("<Q", 2**63 - 100) + w64[size + 8 :]
    yield "audio_decode", "seek-beyond-64-bits", bytes(4) + far
    rivals = (
        b"8v+CrC^N_f8(}~j000000RRC20s#O4000C500031O9)s)YY0AH2vc=oOF#%n"
        b"NC;VRX<`U;PD)G&W(Z<-SVmL`O?6gN2z3ZhSY8NC"
    )
    yield "decoder", "another-texts-path", base64.b85decode(rivals)
    # Resampled, finite samples as huge as these give infinite sums, and NaN.
    huge = 3.4e38 * np.sign(np.random.default_rng(1).standard_normal(SAMPLES))
    yield "audio_decode", "sums-beyond-float", bytes([0, 0, 0, 3]) + encoded(huge, "WAV", "FLOAT")


def encoded(samples: NDArray[np.float64], container: str, encoding: str) -> bytes:
    """A whole file, 16 kHz."""
    file = io.BytesIO()
    soundfile.write(file, samples, 16000, format=container, subtype=encoding)
    return file.getvalue()


def audio_files() -> Iterator[tuple[str, bytes]]:
    """Generated files in all formats, and some of the sample corpus's clips, cut off."""
    samples = 0.3 * np.random.default_rng(1).standard_normal((SAMPLES, 2))
    for container, encoding in FORMATS:
        channels = samples[:, 0] if encoding == "IMA_ADPCM" else samples
        yield f"{container}-{encoding}".lower(), encoded(channels, container, encoding)
    [archive] = (ROOT / "sample").glob("cv-corpus-*.tar.gz")
    with tarfile.open(archive) as members:
        clips = [member for member in members if member.name.endswith(".mp3")][:3]
        for member in clips:
            if stream := members.extractfile(member):
                yield Path(member.name).name, stream.read(4096)


def sphere_files() -> Iterator[tuple[str, bytes]]:
    """Each coding and each function of shorten, one and two channels."""
    generator = np.random.default_rng(2)
    plain = {"pcm": (1, 2, 3, 4), "ulaw": (1,), "alaw": (1,)}
    for coding, sizes in plain.items():
        for size, order in ((size, order) for size in sizes for order in ("01", "10")):
            data = generator.bytes(SAMPLES * size)
            yield f"{coding}-{size}-{order}", small_sphere(data, coding, size=size, order=order)
    for kind in (0, 1, 2, 3, 4, 8):
        for function in (0, 1, 2, 3, encoder.LINEAR):
            channels, version = 1 + function % 2, 1 + (kind + function) % 3
            samples = generator.integers(0, 200, (SAMPLES, channels)) & -4
            settings = Settings(kind, version, 64, functions=[function], order=2, verbatim=b"x")
            name = f"{'pcm' if kind % 8 else 'ulaw'},embedded-shorten-v{version}.00"
            data = shorten(samples, settings)
            yield f"shorten-{kind}-{function}", small_sphere(data, name, channels=channels)


def small_sphere(
    data: bytes, coding: str, *, size: int = 2, order: str = "01", channels: int = 1
) -> bytes:
    """A file with a short header, of SAMPLES samples."""
    changed = {
        "sample_coding": f"-s{len(coding)} {coding}",
        "sample_n_bytes": f"-i {size}",
        "sample_byte_format": f"-s2 {order}",
        "channel_count": f"-i {channels}",
        "sample_count": f"-i {SAMPLES}",
    }
    return sphere(data, changed, size=256)


def texts() -> Iterator[tuple[str, bytes]]:
    """Sentences under each choice of rules and locale, and what is no UTF-8."""
    lines = [
        line
        for path in sorted((ROOT / "sample" / "text").glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()[:4]
    ]
    lines += [
        "İstanbul'da IŞIK",
        "l·l n·h",
        'צה"ל',
        "각 각 á ą́ ",
        "ΟΔΟΣ Ο",
        "٣ ½ Ⅷ",
        "\u200cक्\u200dष",
    ]
    for number, line in enumerate(lines):
        yield f"line-{number}", bytes([number % 16]) + line.encode()
    for number, torn in enumerate([b"\xc3", b"\xf4\x90\x80\x80", b"\xed\xa0\x80", b"\xc0\xaf"]):
        yield f"torn-{number}", bytes([number]) + torn


def lexicons() -> Iterator[tuple[str, bytes]]:
    """Lexicons of few words, each before the checksum and after it, for the search to pass."""
    many = ["a", "b", *(chr(0x100 + n) for n in range(40))]  # too many for masks of children
    words: list[str | SpelledWord] = [
        "a",
        "ab",
        "ba",
        "abba",
        ("b", ["a", "b"]),
        ("ab", ["b", "a"]),
    ]
    alphabets = {
        "letters": [" ", "a", "b"],
        "longer": ["a", "ab", " ", "b"],
        "word": ["b", "a"],
        "many": [*many, " "],
    }
    with TemporaryDirectory() as scratch:
        model, trie = Path(scratch, "lm.arpa"), Path(scratch, "trie")
        model.write_text(ARPA, encoding="utf-8")
        for name, labels in alphabets.items():
            build_lexicon(words, labels, model, trie)
            for fixes in (0, 1, 3):
                # Bytes of fuzz/lexicon.cc: flags, frames, beam, threshold, then log-probabilities.
                search = bytes([fixes, 9, 7, 20, *range(0, 140, 5)])
                yield f"{name}-{fixes}", search + trie.read_bytes()


def searches() -> Iterator[tuple[str, bytes]]:
    """Each kind of lexicon, with a language model and without, closed and open."""
    generator = np.random.default_rng(3)
    # Bytes of fuzz/decoder.cc: flags, labels, words, beam, threshold, alpha, beta, hypotheses,
    # frames to skip, words outside the lexicon, confidence, frames fed at once, hot phrases, their
    # spellings, what joins their words, room for more.
    # Lengths less 1, then labels. Only without spaces between words one may be a space.
    words = [1, 0, 1, 0, 1, 1, 0, 0, 4, 1, 0, 0, 1, 0]
    spaced = [1, 0, 1, 0, 2, 1, 0, 1, 0, 0, 4, 1, 0, 0, 1, 0]
    # How many words less 1, each a word of the lexicon or (odd) its length and labels; a boost.
    hot = [1, 0, 2, 200, 0, 7, 0, 0, 1, 1, 248, 2, 0, 3, 1, 0, 2, 90]
    spelling = [2, 1, 1, 1, 7, 0, 1, 0, 1, 180]  # its length less 1, labels, the word, a boost
    for flags, is_open in ((flags, is_open) for flags in range(0, 32, 3) for is_open in (0, 1)):
        kind = flags % 4
        labels = (3, 2 if kind != 1 else 4, 36)[flags // 3 % 3]
        alpha = (51, 254, 255)[flags // 12]  # 0.8, next to nothing, the most
        head = [flags, labels - 1, 4, 20, 40, alpha, 200, 5, flags, 97 * is_open, 64, flags]
        own = [[], words, words, spaced][kind]
        spoken = peaky(generator, 12, labels + 1)
        yield f"{flags}-{is_open}", bytes([*head, *bytes(4), *own]) + spoken
        outside = spelling if kind != 0 else []
        texts = [*own, *hot, *outside]
        head += [3, len(outside) > 0, kind == 3, 0]
        yield f"hot-{flags}-{is_open}", bytes([*head, *texts]) + spoken


def alignments() -> Iterator[tuple[str, bytes]]:
    """Texts with equal labels side by side, with room and without."""
    generator = np.random.default_rng(4)
    for size in range(10):
        text = generator.integers(0, 2, size, np.uint8).tobytes()
        yield f"text-{size}", bytes([1, size]) + text + peaky(generator, 14, 3)


def peaky(generator: np.random.Generator, frames: int, columns: int) -> bytes:
    """Bytes of fuzz/byte_stream.h: in each frame one column is likely and the others are not."""
    values = generator.integers(60, 120, (frames, columns), np.uint8)
    values[np.arange(frames), generator.integers(0, columns, frames)] = 8
    return values.tobytes()


def acoustic_outputs() -> Iterator[tuple[str, bytes]]:
    """Four labels and the blank, 12 frames, as native/fuzz/acoustic_output.cc reads them."""
    source = np.random.default_rng(1)
    logits = 3 * source.normal(size=(12, 5))
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    for kind in (np.float32, np.float64):
        for layout in range(3):
            code = 2 * layout + (kind is np.float64)
            name = f"{kind.__name__}-{layout}"
            yield name, bytes([3, 4, 255, 0, code, 180, 42, 27]) + log_probs.astype(kind).tobytes()
            yield (
                f"logits-{name}",
                bytes([3, 0, 251, 1, code, 99, 33, 5]) + logits.astype(kind).tobytes(),
            )
