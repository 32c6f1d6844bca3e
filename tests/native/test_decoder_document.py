"""The programs of docs/decoder.md do what it says."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.native.kenlm_models import estimate_model
from tests.native.wav2vec2 import WAV2VEC2, said

SENTENCES = ["THE CAT SAT", "A CAT SAT DOWN", "THE MAT"]


def test_the_programs_run_and_print_the_texts(
    checkout: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    estimate_model(SENTENCES, Path("lm.binary"))
    arrays = []
    for seed, sentence in enumerate(SENTENCES):
        path = [WAV2VEC2.index(char) for char in sentence.replace(" ", "|")]
        arrays.append(said(path, len(WAV2VEC2), 0, noise=0.5, seed=seed))
    lengths = [len(array) for array in arrays]
    batch = np.full((3, max(lengths), len(WAV2VEC2)), np.nan, np.float32)
    for place, array in enumerate(arrays):
        batch[place, : len(array)] = array
    names: dict[str, Any] = {
        "vocabulary": {token: number for number, token in reversed(list(enumerate(WAV2VEC2)))},
        "logits": arrays[0],
        "text": SENTENCES[0],
        "batch": batch,
        "lengths": lengths,
        "pieces": np.array_split(arrays[1], 4),
    }
    document = (checkout / "docs" / "decoder.md").read_text(encoding="utf-8")
    printed = []
    for program in re.findall(r"```python\n(.*?)```", document, re.DOTALL):
        exec(program, names)
        printed.append(capsys.readouterr().out.splitlines())
    columns, lexicon, decode, batched, stream, hot, align = printed
    assert columns == lexicon == []
    assert decode[0].startswith("THE CAT SAT ")
    assert [line.split()[0] for line in decode[1:]] == ["THE", "CAT", "SAT"]
    assert batched == SENTENCES
    assert (len(stream), stream[-2:]) == (5, [SENTENCES[1]] * 2)
    assert hot == [SENTENCES[0]]
    assert [line.split()[0] for line in align] == ["THE", "CAT", "SAT"]
