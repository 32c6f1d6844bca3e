"""The sample corpus, by the settings of `make demo`: word error rate on voices never heard.

    python benchmarks/sample_corpus.py

produce-model imports the corpus, builds the language model, trains and measures on test. What
training took is summed up from its log (training-log.csv), dev included.
"""

import json
import shutil
import subprocess
import sys

from benchmarks.material.makefile_settings import ROOT, settings
from benchmarks.material.training_time import training_seconds
from trainer.loop.training_log import NAME

WER, MINUTES = 0.10, 15.0
"""With the language model at most, after at most."""


WORK = ROOT / "build" / "benchmarks" / "sample_corpus"


def main() -> int:
    shutil.rmtree(WORK, ignore_errors=True)
    sample = ROOT / "sample"
    command = [
        sys.executable, "-m", "pipelines.produce_command", WORK,
        *sample.glob("cv-corpus-*.tar.gz"), "--text", *sample.glob("text/*.txt"),
        *settings("DEMO_SETTINGS"),
    ]  # fmt: skip
    subprocess.run([str(part) for part in command], check=True)
    [log] = WORK.rglob(NAME)
    minutes = training_seconds(log.parent) / 60
    training = json.loads((log.parent / "model.json").read_text())["training"]
    greedy, searched = training["wer"], training["wer_with_language_model"]
    holds = searched <= WER and minutes <= MINUTES
    print(
        f"{minutes:.1f} min of training, {training['epochs']} epochs: test WER {greedy:.1%}, with "
        f"language model {searched:.1%}; claim: at most {WER:.0%} after at most {MINUTES:.0f} min: "
        + ("holds" if holds else "DOES NOT HOLD")
    )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
