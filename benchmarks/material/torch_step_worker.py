"""Training steps in PyTorch, served (served_steps.py): what train_step.py compares with.

    python benchmarks/material/torch_step_worker.py FOLDER

Its environment has PyTorch and NumPy, and none of ours. FOLDER is a workload (step_workload.py)
with Myna's first weights in it. A step does what trainer/learning/learner.py's does: mean CTC loss,
gradients cut to a norm, nothing when they are not finite, Adam.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.material.served_steps import serve
from benchmarks.material.torch_acoustic_model import Network


class Steps:
    """A model, its batch and its optimiser."""

    def __init__(self, folder: Path) -> None:
        about = json.loads((folder / "workload.json").read_text())
        torch.manual_seed(about["seed"])
        self._network = Network(about["geometry"], about["dropout"])
        with np.load(folder / "weights.npz") as weights:
            self._network.load(weights)
        with np.load(folder / "batch.npz") as batch:
            features = np.ascontiguousarray(batch["features"].transpose(1, 0, 2))
            self._features = torch.from_numpy(features)
            self._labels = torch.from_numpy(batch["labels"]).long()
            self._counts = torch.from_numpy(batch["label_counts"]).long()
        self._loss = nn.CTCLoss(blank=about["geometry"]["labels"] - 1, reduction="none")
        self._learnt = [one for one in self._network.parameters() if one.requires_grad]
        self._most = about["gradient_norm"]
        self._adam = torch.optim.Adam(self._learnt, about["learning_rate"], eps=1e-7, fused=True)

    def step(self) -> float:
        self._network.train()
        self._adam.zero_grad()
        loss = self._mean()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self._learnt, self._most)
        if bool(torch.isfinite(loss) & torch.isfinite(norm)):
            self._adam.step()
        return float(loss)

    def assess(self) -> float:
        self._network.eval()
        with torch.no_grad():
            return float(self._mean())

    def _mean(self) -> Tensor:
        log_probs = self._network(self._features).log_softmax(2)
        frames = torch.full((log_probs.shape[1],), log_probs.shape[0])
        return self._loss(log_probs, self._labels, frames, self._counts).mean()


def main() -> None:
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    steps = Steps(Path(sys.argv[1]))
    serve(steps.step, steps.assess)


if __name__ == "__main__":
    main()
