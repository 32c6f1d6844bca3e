"""MODEL_CARD.md: what people are told of a model."""

from dataclasses import replace
from pathlib import Path

from trainer.model_folder import Fact, FormatFacts, ModelFolder
from trainer.model_formats import ModelFormat


def test_the_card_is_for_people(written: ModelFolder) -> None:
    card = (written.path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert card.startswith("# Acoustic model for en\n")
    for row in (
        "| preset | deepspeech |",
        "| train hours | 0.25 |",
        "| speakers \\| x | é |",
        "| window | 32 ms |",
        "| lstm | lstm, units 20, merge concat |",
    ):
        assert f"\n{row}\n" in card
    assert "rate |" not in card.replace("sample rate |", "")  # the WER is not known


def test_the_card_tells_of_formats_and_licence(written: ModelFolder) -> None:
    def make(folder: Path) -> FormatFacts:
        (folder / "model.onnx").write_bytes(b"whole")
        (folder / "model.onnx.data").write_bytes(b"weights")
        (folder / "model.int8.onnx").write_bytes(b"rounded")
        facts: dict[str, Fact] = {"divergence": 0.00123, "wer": 0.125, "wer_of_model": 0.12}
        return {
            ModelFormat.ONNX: {"bytes": 5, "difference": 0.0000042, "clips": 8},
            ModelFormat.ONNX_INT8: {"bytes": 7, **facts, "clips": 40},
        }

    card_path = written.path / "MODEL_CARD.md"
    assert "Nobody has said under which licence the model is.\n" in card_path.read_text()
    facts = {"data_licence": "CC0-1.0 (Common Voice)"}
    replace(written, licence="CC-BY-4.0", training=facts).put(make)
    assert ModelFolder.read(written.path).licence == "CC-BY-4.0"
    card = card_path.read_text(encoding="utf-8")
    for line in (
        "| onnx | model.onnx | what recognition runs unless it is told another | "
        "log-probabilities differ by at most 4e-06, over 8 clips |",
        "| onnx-int8 | model.int8.onnx | weights in 8 bits: a quarter of the size | "
        "0.001 nats a frame from it, WER 12.50%, where the model has 12.00%, over 40 clips |",
        "The model: CC-BY-4.0. Its training data: CC0-1.0 (Common Voice).",
        "| licence of the training data | CC0-1.0 (Common Voice) |",
    ):
        assert f"\n{line}\n" in card
