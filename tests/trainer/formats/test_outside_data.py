"""Weights beside an ONNX file: where they stand, that they are found, and that size is no limit."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from importers.errors import MynaError
from tests.trainer.weights import BOTH_WAYS, FORWARD, random_weights
from trainer.architecture.geometry import Geometry
from trainer.architecture.layers import Dense
from trainer.formats.acoustic_model import AcousticModel
from trainer.formats.onnx_graph import onnx_model, write_onnx

FEATURES = np.random.default_rng(3).normal(size=(60, 26)).astype(np.float32)


def test_every_weight_stands_at_a_page_of_its_own(tmp_path: Path) -> None:
    path, weights = tmp_path / "model.onnx", random_weights(FORWARD)
    write_onnx(FORWARD, weights, path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["model.onnx", "model.onnx.data"]
    content = (tmp_path / "model.onnx.data").read_bytes()
    model = onnx.load(path, load_external_data=False)
    end, outside = 0, {}
    for tensor in model.graph.initializer:
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            assert tensor.data_type == onnx.TensorProto.INT64 or np.prod(tensor.dims) == 1
            continue
        place = {one.key: one.value for one in tensor.external_data}
        offset, length = int(place["offset"]), int(place["length"])
        assert (place["location"], offset % 4096) == ("model.onnx.data", 0)
        assert end <= offset < end + 4096
        end = offset + length
        values = np.frombuffer(content[offset:end], "<f4").reshape(tuple(tensor.dims))
        outside[tensor.name] = values
    assert end == len(content)
    for name in ("dense_1/kernel", "dense_after/bias", "output/kernel"):
        np.testing.assert_array_equal(outside[name], weights[name])
    assert path.stat().st_size < 5000


@pytest.mark.parametrize("geometry", [FORWARD, BOTH_WAYS], ids=["forward", "both ways"])
def test_it_says_what_the_model_in_one_file_says(geometry: Geometry, tmp_path: Path) -> None:
    weights = random_weights(geometry)
    write_onnx(geometry, weights, tmp_path / "two.onnx")
    onnx.save(onnx_model(geometry, weights), tmp_path / "one.onnx")
    one, two = (AcousticModel(tmp_path / name, geometry) for name in ("one.onnx", "two.onnx"))
    assert np.array_equal(one.log_probs(FEATURES), two.log_probs(FEATURES))
    packed = AcousticModel(tmp_path / "two.onnx", geometry, packed=True)
    np.testing.assert_allclose(
        packed.log_probs(FEATURES), one.log_probs(FEATURES), rtol=0, atol=1e-5
    )


def test_the_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_onnx(BOTH_WAYS, random_weights(BOTH_WAYS), tmp_path / name / "model.onnx")
    for name in ("model.onnx", "model.onnx.data"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_wrong_weights_leave_nothing(tmp_path: Path) -> None:
    weights = random_weights(FORWARD)
    del weights["output/bias"]
    with pytest.raises(ValueError, match=r"not of the geometry: output/bias$"):
        write_onnx(FORWARD, weights, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_weights_that_are_missing_or_cut_off_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    write_onnx(FORWARD, random_weights(FORWARD), path)
    data = tmp_path / "model.onnx.data"
    data.write_bytes(data.read_bytes()[:9000])
    for _ in range(2):
        with pytest.raises(MynaError) as raised:
            AcousticModel(path, FORWARD)
        assert str(raised.value).startswith(f"{path}: ONNX Runtime cannot load it: ")
        assert "\n" not in str(raised.value)
        data.unlink(missing_ok=True)


def test_a_folder_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_onnx(FORWARD, random_weights(FORWARD), tmp_path / "real" / "model.onnx")
    real, link = (
        AcousticModel(tmp_path / name / "model.onnx", FORWARD) for name in ("real", "link")
    )
    assert np.array_equal(real.log_probs(FEATURES), link.log_probs(FEATURES))


def test_weights_are_mapped_and_not_loaded(tmp_path: Path) -> None:
    """A model of 64 MB: what it takes of memory of its own, by the system's account."""
    geometry = Geometry(1000, 8, (Dense(units=4000), Dense(units=3000)))
    shapes = geometry.weight_shapes()
    weights = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    assert sum(one.nbytes for one in weights.values()) > 63e6
    write_onnx(geometry, weights, tmp_path / "model.onnx")
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from trainer.formats.acoustic_model import AcousticModel\n"
        "from trainer.architecture.geometry import Geometry\n"
        "from trainer.architecture.layers import Dense\n"
        "def own():\n"
        "    lines = Path('/proc/self/status').read_text().splitlines()\n"
        "    return next(int(one.split()[1]) for one in lines if one.startswith('RssAnon'))\n"
        "geometry = Geometry(1000, 8, (Dense(units=4000), Dense(units=3000)))\n"
        "before = own()\n"
        f"model = AcousticModel(Path({str(tmp_path / 'model.onnx')!r}), geometry, packed=%s)\n"
        "print(own() - before)"
    )
    mapped, packed = (
        int(subprocess.run([sys.executable, "-c", program % how], capture_output=True).stdout)
        for how in (False, True)
    )
    assert mapped < 20_000 < 55_000 < packed  # kB


@pytest.mark.slow
def test_a_model_of_more_than_2_gb(tmp_path: Path) -> None:
    """Its weights are zeros, so that it must say each of its labels with the same probability."""
    geometry = Geometry(1000, 23_000, (Dense(units=24_000),))
    shapes = geometry.weight_shapes()
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    assert sum(one.nbytes for one in weights.values()) > 2**31
    path = tmp_path / "model.onnx"
    write_onnx(geometry, weights, path)
    assert path.stat().st_size < 2000
    assert (tmp_path / "model.onnx.data").stat().st_size > 2**31
    log_probs = AcousticModel(path, geometry).log_probs(np.ones((3, 1000), np.float32))
    np.testing.assert_allclose(log_probs, -np.log(23_000), rtol=1e-6)
