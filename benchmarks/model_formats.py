"""A model in each format: its size, what loading takes, its own memory, and CPU for a clip.

    python benchmarks/model_formats.py [--preset deepspeech-streaming] [--width 1024] [--rounds 5]

Weights are random: they decide over nothing that is measured. Each format is loaded in a process
of its own, several times in turn, and runs a clip of 6 s on one thread; the least counts.
`onnx packed` is the same file with weights laid out anew, as recognition has it for many clips.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from importers.alphabet import Alphabet
from native.features import FeatureSpec
from trainer.architecture.geometry import Geometry
from trainer.config import Preset, read_preset
from trainer.formats.runtime import load_model
from trainer.model_folder import FormatFacts, ModelFolder
from trainer.model_formats import ModelFormat, data_name

SECONDS = 6
PACKED = "onnx packed"
FORMATS = ("onnx", PACKED, "onnx-int8", "litert", "litert-int8")


def random_weights(geometry: Geometry) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    return {
        name: draw.normal(0, 0.02, shape).astype(np.float32)
        if len(shape) > 1
        else np.full(shape, name.endswith(("gamma", "variance")), np.float32)
        for name, shape in geometry.weight_shapes().items()
    }


def write(preset: Preset, path: Path) -> ModelFolder:
    from trainer.formats.litert_file import write_litert
    from trainer.formats.onnx_graph import write_onnx
    from trainer.formats.onnx_int8 import write_onnx_int8

    alphabet = Alphabet((" ", "'", *"abcdefghijklmnopqrstuvwxyz"))
    geometry = preset.geometry(labels=len(alphabet) + 1)
    weights = random_weights(geometry)

    def make(folder: Path) -> FormatFacts:
        write_onnx(geometry, weights, folder / "model.onnx")
        write_onnx_int8(geometry, weights, folder / "model.int8.onnx")
        made = [ModelFormat.ONNX, ModelFormat.ONNX_INT8]
        if geometry.streaming:
            for one in (ModelFormat.LITERT, ModelFormat.LITERT_INT8):
                file = folder / one.path
                write_litert(geometry, weights, file, frames=16, eight_bits=one.rounds)
                made.append(one)
        return {one: {} for one in made}

    return ModelFolder(path, geometry, preset.feature_spec, alphabet, None).put(make)


def size(folder: ModelFolder, wanted: ModelFormat) -> int:
    files = (folder.path / name for name in (wanted.path, data_name(wanted.path)))
    return sum(file.stat().st_size for file in files if file.exists())


def own_kilobytes() -> int:
    """Memory that is this process's alone, and no file's (proc(5))."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def frames_of(seconds: float, spec: FeatureSpec) -> int:
    return int(seconds / spec.seconds_a_frame)


def measure(path: Path, name: str) -> dict[str, float]:
    """What one process measures of one format."""
    packed = name == PACKED
    wanted = ModelFormat(name.removesuffix(" packed"))
    folder = ModelFolder.read(path, None)
    frames = frames_of(SECONDS, folder.features)
    heard = np.random.default_rng(1).normal(size=(frames, folder.geometry.inputs))
    features = heard.astype(np.float32)
    __import__("ai_edge_litert.interpreter" if wanted.streams else "trainer.formats.acoustic_model")
    before, started = own_kilobytes(), time.process_time()
    model = load_model(folder, wanted, packed=packed)
    loaded = {"load_ms": 1000 * (time.process_time() - started)}
    loaded["own_mb"] = (own_kilobytes() - before) / 1000
    model.log_probs(features)
    return {**loaded, "clip_ms": 1000 * min(cpu(lambda: model.log_probs(features)) for _ in "123")}


def cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--preset", default="deepspeech-streaming")
    parser.add_argument("--width", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", nargs=2, metavar=("DIR", "NAME"), help=argparse.SUPPRESS)
    known = parser.parse_args()
    if known.one:
        print(json.dumps(measure(Path(known.one[0]), known.one[1])))
        return
    with tempfile.TemporaryDirectory() as temporary:
        preset = read_preset(known.preset).changed({"width": known.width})
        folder = write(preset, Path(temporary) / "model")
        names = [one for one in FORMATS if one.removesuffix(" packed") in folder.formats]
        command = [sys.executable, __file__, "--one", str(folder.path)]
        rounds = [
            {
                name: json.loads(subprocess.run([*command, name], stdout=-1, check=True).stdout)
                for name in names
            }
            for _ in range(known.rounds)
        ]
        print(f"{known.preset}, width {known.width}; MB of file, ms of CPU to load, MB of its own,")
        print(f"ms of CPU for a clip of {SECONDS} s")
        for name in names:
            wanted = ModelFormat(name.removesuffix(" packed"))
            least = [
                min(one[name][what] for one in rounds) for what in ("load_ms", "own_mb", "clip_ms")
            ]
            shown = " ".join(f"{value:9.1f}" for value in (size(folder, wanted) / 1e6, *least))
            print(f"{name:12} {shown}")


if __name__ == "__main__":
    main()
