"""Training steps of Myna, served (served_steps.py), for train_step.py.

    python benchmarks/material/myna_step_worker.py FOLDER

FOLDER is a workload (step_workload.py); the first weights are left in it, as weights.npz.
"""

import sys
from pathlib import Path

import numpy as np

from benchmarks.material.served_steps import serve
from benchmarks.material.step_workload import read_workload
from trainer.data.batches import Batch
from trainer.learning.learner import Learner


def main() -> None:
    folder = Path(sys.argv[1])
    geometry, settings = read_workload(folder)
    learner = Learner(geometry, settings)
    np.savez(folder / "weights.npz", allow_pickle=False, **learner.weights())
    with np.load(folder / "batch.npz") as arrays:
        batch = Batch(clips=(), **arrays)

    def step() -> float:
        losses, learnt = learner.step(batch)
        if not learnt:
            raise RuntimeError(f"the batch was not learnt from; losses {losses}")
        return float(losses.mean())

    serve(step, lambda: float(learner.assess(batch)[0].mean()))


if __name__ == "__main__":
    main()
