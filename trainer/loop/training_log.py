"""The table of a training, OUT/training-log.csv: a row for each epoch that a checkpoint has.

It is made anew of the checkpoint's history each time, so that it has each epoch once, wherever a
training was interrupted. Trainings under other terms that went before in the same folder keep
their rows: `epochs_before` tells them apart.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from importers.errors import FormatError
from importers.storage import put_atomic
from trainer.loop.progress import Progress

NAME = "training-log.csv"
COLUMNS = (
    "epochs_before", "epoch", "train_loss", "dev_loss", "dev_wer", "dev_cer", "best_so_far",
    "learning_rate", "left_out", "seconds", "audio_hours_per_hour", "waited_for_data",
)  # fmt: skip

Row = Sequence[object]


def write_log(path: Path, progress: Progress) -> None:
    """Bring the table in line with a checkpoint. Raises FormatError for another table, OSError."""
    rows = [*_rows_before(path, progress.epochs_before), *_rows(progress)]
    with put_atomic(path) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def _rows(progress: Progress) -> Iterator[Row]:
    best = None
    for result in progress.history:
        better = result.better_than(best)
        best = result if better else best
        yield (
            progress.epochs_before,
            result.epoch,
            result.train_loss,
            result.dev_loss,
            result.dev_wer,
            result.dev_cer,
            int(better),
            result.learning_rate,
            result.left_out,
            round(result.seconds, 3),
            round(result.speed, 3),
            round(result.data_wait, 4),
        )


def _rows_before(path: Path, epochs: int) -> Iterator[Row]:
    """The rows of the trainings that ended with so many epochs or fewer."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        try:
            for row in rows:
                if rows.line_num == 1 and tuple(row) == COLUMNS:
                    continue
                if rows.line_num == 1 or len(row) != len(COLUMNS) or not row[0].isdecimal():
                    raise _not_ours(path, rows.line_num)
                if int(row[0]) < epochs:
                    yield row
        except (csv.Error, UnicodeDecodeError):
            raise _not_ours(path, rows.line_num) from None


def _not_ours(path: Path, line: int) -> FormatError:
    return FormatError(
        f"{path}:{line}: not what train-model writes there. Move the file away: it is begun anew"
    )
