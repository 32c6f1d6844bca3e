"""LiteRT: pieces of one length say what the whole clip says; what it cannot run is refused."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from ai_edge_litert.interpreter import Interpreter

from importers.errors import MynaError
from tests.trainer.architecture.layer_lists import (
    STREAMING,
    geometry_of,
    heard,
    random_weights,
)
from tests.trainer.weights import FORWARD
from trainer.architecture.geometry import Geometry
from trainer.config import preset_names, read_preset
from trainer.formats import litert_file
from trainer.formats.acoustic_model import AcousticModel
from trainer.formats.litert_file import write_litert
from trainer.formats.litert_model import LiteRtModel
from trainer.formats.onnx_graph import onnx_model

PRESETS = {
    name: read_preset(name).changed({"width": 16}).geometry(labels=28) for name in preset_names()
}
STREAMING_PRESETS = [name for name, geometry in PRESETS.items() if geometry.streaming]


def in_litert(folder: Path, geometry: Geometry, pieces: int = 2, **options: bool) -> LiteRtModel:
    """For pieces of so many frames of output."""
    path = folder / "model.tflite"
    frames = pieces * geometry.stride
    write_litert(geometry, random_weights(geometry), path, frames=frames, **options)
    return LiteRtModel(path, geometry)


def in_onnx(folder: Path, geometry: Geometry) -> AcousticModel:
    onnx.save(onnx_model(geometry, random_weights(geometry)), folder / "model.onnx")
    return AcousticModel(folder / "model.onnx", geometry)


@pytest.mark.parametrize("pieces", [1, 5])
@pytest.mark.parametrize("name", STREAMING)
def test_pieces_say_what_the_whole_clip_says(name: str, pieces: int, tmp_path: Path) -> None:
    geometry = geometry_of(name)
    model, whole = in_litert(tmp_path, geometry, pieces), in_onnx(tmp_path, geometry)
    for features in heard():
        ours, theirs = model.log_probs(features), whole.log_probs(features)
        assert ours.dtype == np.float32 and ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", STREAMING_PRESETS)
def test_presets_in_pieces_say_what_they_say(name: str, tmp_path: Path) -> None:
    geometry = PRESETS[name]
    model, whole = in_litert(tmp_path, geometry, 8), in_onnx(tmp_path, geometry)
    for features in heard(geometry.inputs):
        ours, theirs = model.log_probs(features), whole.log_probs(features)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)


def test_which_presets_stream() -> None:
    assert STREAMING_PRESETS == ["deepspeech-streaming", "deepspeech2", "kur", "tiny"]


def test_its_operators_are_its_own_and_its_signature_is_said(tmp_path: Path) -> None:
    in_litert(tmp_path, geometry_of("lookahead"))
    interpreter = Interpreter(model_path=str(tmp_path / "model.tflite"))
    names = {one["op_name"] for one in interpreter._get_ops_details()}
    assert "FULLY_CONNECTED" in names
    assert not {name for name in names if name.startswith(("Flex", "Custom"))}
    signature = interpreter.get_signature_list()["piece"]
    states = ["gru_1_h", "lookahead_1_before", "lookahead_2_before"]
    assert sorted(signature["inputs"]) == sorted(["features", "start", "length", *states])
    assert sorted(signature["outputs"]) == sorted(["log_probs", *(f"next_{s}" for s in states)])


def test_threads_share_a_model(tmp_path: Path) -> None:
    model = in_litert(tmp_path, geometry_of("lookahead"))
    clips = heard() * 8
    alone = [model.log_probs(one) for one in clips]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(alone, pool.map(model.log_probs, clips), strict=True):
            assert np.array_equal(one, other)


def test_a_clip_without_a_frame(tmp_path: Path) -> None:
    model = in_litert(tmp_path, geometry_of("dense"))
    assert model.log_probs(np.zeros((0, 10), np.float32)).shape == (0, 5)
    with pytest.raises(ValueError, match=r"shape \(9, 13\) for a model of 10 coefficients"):
        model.log_probs(np.zeros((9, 13), np.float32))


def test_weights_in_8_bits_are_smaller(tmp_path: Path) -> None:
    from tests.trainer.weights import random_weights

    weights = random_weights(FORWARD)
    features = [np.random.default_rng(5).normal(size=(50, 26)).astype(np.float32)]
    sizes, found = [], []
    for eight_bits in (False, True):
        path = tmp_path / f"{eight_bits}.tflite"
        write_litert(FORWARD, weights, path, frames=4, eight_bits=eight_bits)
        sizes.append(path.stat().st_size)
        found.append(LiteRtModel(path, FORWARD).log_probs(features[0]))
    assert sizes[1] < 0.6 * sizes[0]  # of a small one, much is names
    assert 0 < np.abs(found[0] - found[1]).max() < 0.05


def test_a_model_that_hears_all_is_refused(tmp_path: Path) -> None:
    for name in ("both ways", "conformer"):
        with pytest.raises(ValueError, match="hears the whole clip first takes no pieces"):
            in_litert(tmp_path, geometry_of(name))
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_more_than_2_gb_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(litert_file, "MOST_BYTES", 100)
    with pytest.raises(MynaError, match=r"^the model has 0\.0 GB of weights, and a LiteRT file "):
        in_litert(tmp_path, geometry_of("dense"))


def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    geometry = geometry_of("lookahead")
    in_litert(tmp_path, geometry_of("lookahead"))
    path = tmp_path / "model.tflite"
    content = path.read_bytes()
    for damaged in (b"", b"no model", content[:64]):
        path.write_bytes(damaged)
        with pytest.raises(MynaError) as raised:
            LiteRtModel(path, geometry)
        assert str(raised.value).startswith(f"{path}: LiteRT cannot load it: ")
        assert "\n" not in str(raised.value)
    path.unlink()
    with pytest.raises(MynaError, match="LiteRT cannot load it: "):
        LiteRtModel(path, geometry)


@pytest.mark.parametrize("other", ["gru", "dense", "conv1d"])
def test_a_file_of_another_geometry_is_refused(other: str, tmp_path: Path) -> None:
    in_litert(tmp_path, geometry_of("lookahead"))
    with pytest.raises(
        MynaError, match=f"^{tmp_path}/model.tflite: (made for another|pieces must)"
    ):
        LiteRtModel(tmp_path / "model.tflite", geometry_of(other))


def test_without_the_library_it_says_what_to_install(tmp_path: Path) -> None:
    in_litert(tmp_path, geometry_of("dense"))
    program = (
        "import sys; sys.modules['ai_edge_litert'] = None\n"
        "from pathlib import Path\n"
        "from tests.trainer.weights import FORWARD\n"
        "from trainer.formats.litert_model import LiteRtModel\n"
        f"LiteRtModel(Path({str(tmp_path / 'model.tflite')!r}), FORWARD)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        f"importers.errors.MynaError: {tmp_path}/model.tflite: to run it takes ai-edge-litert, "
        "which is not installed. pip install '.[litert]' installs it; or name another format with "
        "--format"
    )


def test_running_it_loads_no_tensorflow(tmp_path: Path) -> None:
    in_litert(tmp_path, geometry_of("dense"))
    program = (
        "import sys\nfrom pathlib import Path\nimport numpy as np\n"
        "from trainer.architecture.geometry import Geometry\n"
        "from trainer.architecture.layers import Dense\n"
        "from trainer.formats.litert_model import LiteRtModel\n"
        "layers = (Dense(units=7, clip=0.5), Dense(units=6, clip=0, batch_norm=True))\n"
        f"model = LiteRtModel(Path({str(tmp_path / 'model.tflite')!r}), Geometry(10, 5, layers))\n"
        "assert model.log_probs(np.zeros((9, 10), np.float32)).shape == (9, 5)\n"
        "print(sorted({'tensorflow', 'keras', 'onnx', 'onnxruntime'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
