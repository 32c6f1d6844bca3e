"""The command ``train-model``: an acoustic model from manifests.

train-model --train cv-valid-train.csv --dev cv-valid-dev.csv --test cv-valid-test.csv --out model
train-model --preset deepspeech-streaming --width 512 --train a.csv,b.csv --dev dev.csv --out model
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from importers import console
from trainer.data.training_limit import TrainingLimit
from trainer.learning.tensorflow_log import quiet_tensorflow
from trainer.manifest_flags import add_manifests
from trainer.settings import add_cache_and_licence, add_settings, chosen_preset

_COMMAND = "train-model"
_DEFAULT_PRESET = "deepspeech"


def main() -> int:
    """Entry point."""
    return console.run(_train, sys.argv[1:], _COMMAND, resumes=True)


def _train(arguments: Sequence[str]) -> None:
    known = _parser().parse_args(arguments)
    quiet_tensorflow()
    from trainer.train_model import TrainRequest, train_model

    request = TrainRequest(
        preset_name=known.preset,
        preset=chosen_preset(known),
        train=tuple(known.train),
        dev=tuple(known.dev),
        test=tuple(known.test or ()),
        limit=known.limit_train,
        feature_cache=known.feature_cache,
        out=known.out,
        alphabet=known.alphabet,
        language_model=known.lm,
        language=known.language,
        licence=known.licence,
        threads=known.threads,
        checkpoint_seconds=60 * known.checkpoint_minutes,
        samples=known.samples,
        keep=known.keep_checkpoints,
    )
    made = train_model(request, console.say)
    if made.greedy is not None:
        print(f"test without language model: {made.greedy.summary()}")
    if made.searched is not None:
        print(f"test with language model:    {made.searched.summary()}")
    shown = made.searched or made.greedy
    if shown is not None and known.report:
        print(shown.samples(known.report))
    print(f"model: {made.folder.path}")


def _parser() -> argparse.ArgumentParser:
    parser = console.parser(
        "Train an acoustic model. The same command goes on where an interrupted one stopped. A "
        "finished model is trained further with more --epochs or, where training ended early, with "
        "a higher --patience. With other clips or other settings of training its weights are "
        "the start of a new training, in the same folder.",
        f"{_COMMAND} --train cv-valid-train.csv --dev cv-valid-dev.csv --out model",
        prog=_COMMAND,
    )
    data = parser.add_argument_group("data")
    for name, required, text in (
        ("train", True, "manifests to learn from"),
        ("dev", True, "manifests that tell how training goes"),
        ("test", False, "manifests to measure the finished model on"),
    ):
        add_manifests(data, f"--{name}", required=required, text=text)
    data.add_argument(
        "--limit-train", metavar="N", type=_limit,
        help="learn from so much of --train only: a share (0.1, 10%%) or hours of audio (5h), "
        "drawn by --seed; what a smaller limit draws, a larger one draws too",
    )  # fmt: skip
    data.add_argument(
        "--alphabet", metavar="FILE", type=Path,
        help="labels to write; without it alphabet.txt beside the first training CSV, else the "
        "characters of its transcripts",
    )  # fmt: skip
    data.add_argument(
        "--lm", metavar="DIR", type=Path, help="what build-lm --out wrote, to measure with it too"
    )
    data.add_argument("--language", metavar="TAG", help="for the model's card, where CSVs lack it")
    add_cache_and_licence(data)
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="folder for model and checkpoints"
    )
    add_settings(parser, _DEFAULT_PRESET)
    _add_running(parser)
    return parser


def _limit(text: str) -> TrainingLimit:
    try:
        return TrainingLimit.of(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a share (0.1, 10%) nor hours of audio (5h)"
        ) from None


def _add_running(parser: argparse.ArgumentParser) -> None:
    running = parser.add_argument_group("running and reporting")
    running.add_argument(
        "--checkpoint-minutes", metavar="N", type=console.amount, default=10.0,
        help="write a checkpoint within an epoch too, so often",
    )  # fmt: skip
    running.add_argument(
        "--keep-checkpoints", metavar="N", type=console.count, default=0,
        help="keep those of the latest N epochs too, beside the last and the best",
    )  # fmt: skip
    running.add_argument(
        "--samples", metavar="N", type=console.count, default=3,
        help="clips of dev whose transcription is shown after each epoch",
    )  # fmt: skip
    running.add_argument(
        "--report", metavar="N", type=console.count, default=3,
        help="best, median and worst clips of the test set to show",
    )  # fmt: skip
    running.add_argument(
        "--threads", metavar="N", type=console.positive, default=console.cores(),
        help="threads that compute features and decode",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
