"""Results on dev, kept in a file: they only choose what is measured on test.

They are found again by the decoder's own bytes, the setting, its weights and the set; so that after
a change of one decoder the other need not run again.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.material.decoder_routes import Route
from benchmarks.material.decoder_set import Utterance
from benchmarks.material.decoder_trials import Result, Trial, run_trials
from importers.storage import put_text

_TOGETHER: Final = 6
"""Settings that take turns."""


@dataclass(frozen=True, slots=True)
class DevResults:
    """The results of trials on one set: a run that is stopped goes on where it was."""

    kept: Path
    set_name: str
    versions: Mapping[str, str]
    """Of each route: what tells its builds apart."""

    def run(
        self,
        routes: Mapping[str, Route],
        trials: Sequence[Trial],
        utterances: Sequence[Utterance],
        say: Callable[[str], None],
    ) -> list[Result]:
        """As run_trials, with one round, of those that are not known yet."""
        known = json.loads(self.kept.read_text()) if self.kept.is_file() else {}
        unknown = [trial for trial in trials if self._key(trial) not in known]
        for begin in range(0, len(unknown), _TOGETHER):
            say(f"{begin} of {len(unknown)} settings")
            for one in run_trials(routes, unknown[begin : begin + _TOGETHER], utterances):
                milliseconds = [round(float(time), 4) for time in one.milliseconds]
                known[self._key(one.trial)] = {"errors": one.errors.tolist(), "ms": milliseconds}
            put_text(self.kept, json.dumps(known))
        words = np.array([len(one.text.split()) for one in utterances])
        return [_result(trial, known[self._key(trial)], words) for trial in trials]

    def _key(self, trial: Trial) -> str:
        weights = f"alpha {trial.weights.alpha:g} beta {trial.weights.beta:g}"
        parts = trial.route, self.versions[trial.route], trial.label, weights, self.set_name
        return ", ".join(parts)


def _result(trial: Trial, kept: dict[str, Any], words: Any) -> Result:
    return Result(trial, np.array(kept["errors"]), words, np.array(kept["ms"]))
