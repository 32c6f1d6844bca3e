"""The command ``export-model``: a trained model in other formats, each tried on real speech.

export-model --model /data/model --csv cv-valid-dev.csv --formats onnx-int8,litert
export-model --model /data/model --checkpoint best --csv cv-valid-dev.csv --out /data/so-far
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from importers import console
from trainer.learning.tensorflow_log import quiet_tensorflow
from trainer.model_formats import ModelFormat

_COMMAND = "export-model"


def main() -> int:
    """Entry point."""
    return console.run(_export, sys.argv[1:], _COMMAND)


def _export(arguments: Sequence[str]) -> None:
    known = _parser().parse_args(arguments)
    quiet_tensorflow()
    with console.library_messages_to(Path(os.devnull)):
        from trainer.export.export_model import ExportRequest, export_model, told

        request = ExportRequest(
            model=known.model,
            manifests=tuple(known.csv),
            formats=known.formats,
            out=known.out,
            checkpoint=known.checkpoint,
            licence=known.licence,
            language=known.language,
            piece_frames=known.piece_frames,
            clips=known.clips,
            threads=known.threads,
        )
        folder = export_model(request)
    print("\n".join(told(folder, request.formats)))


def _formats(text: str) -> tuple[ModelFormat, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = [str(one) for one in ModelFormat]
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(f"no format {name!r}; there are {', '.join(known)}")
    if not names:
        raise argparse.ArgumentTypeError(f"name some of {', '.join(known)}")
    return tuple(one for one in ModelFormat if one in names)


def _parser() -> argparse.ArgumentParser:
    parser = console.parser(
        "Write a model in other formats. Each is run on clips, and refused when it does not say "
        "what the model says; then none is written.",
        f"{_COMMAND} --model /data/model --csv cv-valid-dev.csv --formats onnx-int8,litert",
        prog=_COMMAND,
    )
    parser.add_argument(
        "--model", metavar="DIR", type=Path, required=True, help="what train-model --out wrote"
    )
    parser.add_argument(
        "--csv", metavar="CSV", nargs="+", type=Path, required=True,
        help="manifests of clips to try the formats on, best those of dev",
    )  # fmt: skip
    parser.add_argument(
        "--formats", metavar="NAME,NAME", type=_formats, default="onnx-int8",
        help="any of " + "; ".join(f"{one} ({one.sentence})" for one in ModelFormat),
    )  # fmt: skip
    parser.add_argument(
        "--out", metavar="DIR", type=Path,
        help="a folder for the model in these formats alone; without it they are put beside those "
        "that the model has",
    )  # fmt: skip
    parser.add_argument(
        "--checkpoint", metavar="NAME",
        help="best, last, or a file of checkpoints: the model of a training that goes on, not the "
        "one that lies in the folder",
    )  # fmt: skip
    parser.add_argument("--licence", metavar="TEXT", help="of the model, for its card")
    parser.add_argument("--language", metavar="TAG", help="where the model does not know its own")
    parser.add_argument(
        "--piece-frames", metavar="N", type=console.positive,
        help="frames of features that a LiteRT model takes at a time, a multiple of its stride "
        "(16, or the next multiple)",
    )  # fmt: skip
    parser.add_argument(
        "--clips", metavar="N", type=console.positive, default=100,
        help="at most so many are tried, from all over the manifests",
    )  # fmt: skip
    parser.add_argument(
        "--threads", metavar="N", type=console.positive, default=console.cores(),
        help="threads that compute features",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
