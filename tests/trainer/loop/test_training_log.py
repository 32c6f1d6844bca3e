"""The table of a training: each epoch once, whatever stood there."""

from pathlib import Path

import pytest

from importers.errors import FormatError
from tests.trainer.training_history import after
from trainer.loop.training_log import write_log

HEAD = (
    "epochs_before,epoch,train_loss,dev_loss,dev_wer,dev_cer,best_so_far,learning_rate,left_out,seconds,"
    "audio_hours_per_hour,waited_for_data\n"
)
ROWS = [
    "0,1,100.0,110.0,1.0,0.75,1,0.001,7,2.5,240.0,0.0625\n",
    "0,2,50.0,55.0,0.75,0.5,1,0.001,7,2.5,240.0,0.0625\n",
    "0,3,33.333333333333336,36.666666666666664,0.375,0.25,1,0.001,7,2.5,240.0,0.0625\n",
    "0,4,25.0,27.5,0.75,0.5,0,0.001,7,2.5,240.0,0.0625\n",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "training-log.csv"


def test_a_row_an_epoch(path: Path) -> None:
    write_log(path, after(0))
    assert path.read_text() == HEAD
    for epochs in (1, 2, 4):
        write_log(path, after(epochs))
        assert path.read_text() == HEAD + "".join(ROWS[:epochs])


def test_what_the_checkpoint_does_not_know_goes(path: Path) -> None:
    """A table of more epochs than the checkpoint has: the folder's checkpoints were put back."""
    write_log(path, after(4))
    write_log(path, after(2))
    assert path.read_text() == HEAD + "".join(ROWS[:2])


def test_trainings_that_went_before_keep_their_rows(path: Path) -> None:
    write_log(path, after(3))
    for _ in range(2):
        write_log(path, after(2, before=3))
        again = [row.replace("0,", "3,", 1) for row in ROWS[:2]]
        assert path.read_text() == HEAD + "".join(ROWS[:3] + again)
    write_log(path, after(1))
    assert path.read_text() == HEAD + ROWS[0]


@pytest.mark.parametrize("before", [0, 3])
@pytest.mark.parametrize(
    ("content", "line"),
    [("a,b\n1,2\n", 1), (HEAD + "1,2\n", 2), (HEAD + ROWS[0].replace("0,", "x,", 1), 2)],
)
def test_a_table_of_others_is_refused(path: Path, content: str, line: int, before: int) -> None:
    path.write_text(content)
    with pytest.raises(FormatError) as caught:
        write_log(path, after(1, before=before))
    assert str(caught.value) == (
        f"{path}:{line}: not what train-model writes there. Move the file away: it is begun anew"
    )
    assert path.read_text() == content


@pytest.mark.parametrize("content", [b"\xff\xfe1\n", HEAD.encode() + b'"' + b"9" * 200_000])
def test_what_is_no_table_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(FormatError, match="not what train-model writes there"):
        write_log(path, after(1))
    assert path.read_bytes() == content
