"""left-out.csv beside a model: the rows of manifests that were not learnt from, and why."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from importers.manifest import write_rejects
from importers.storage import put_atomic
from trainer.data.clips import ClipSet, LeftOut, Reason

LEFT_OUT = "left-out.csv"

ListFaults = Callable[[Mapping[int, Reason]], None]
"""Is told the numbers of clips that could not be learnt from, and why."""


def write_left_out(out: Path, left_out: Sequence[LeftOut]) -> Path:
    """The list in the folder ``out``. Raises OSError."""
    path = out / LEFT_OUT
    with put_atomic(path) as stream:
        write_rejects(stream, ((one.row, one.reason, str(one.path)) for one in left_out))
    return path


def fault_lister(out: Path, train: ClipSet, dev: ClipSet, say: Callable[[str], None]) -> ListFaults:
    """What lists the clips of ``train`` with these numbers too, behind all that was left out.

    It reads no manifest, which may have changed by then. A list that cannot be written is said: no
    training ends for it.
    """

    def list_faults(at_fault: Mapping[int, Reason]) -> None:
        faults = [
            LeftOut(train.rows[number], train.clips[number].path, reason)
            for number, reason in sorted(at_fault.items())
        ]
        try:
            write_left_out(out, [*train.left_out, *dev.left_out, *faults])
        except OSError as error:
            say(f"{out / LEFT_OUT}: cannot be written: {error.strerror}")

    return list_faults
