"""Models of spoken words: each is trained once, and what it got right is kept, for the next run."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from benchmarks.material.left_out_speaker import Fold
from benchmarks.material.training_time import training_seconds
from importers.digests import digest_of
from importers.manifest import Entry, ManifestWriter
from importers.storage import put_atomic, put_text
from lm.decoding import options_of
from lm.package import LanguageModelPackage
from trainer.evaluation_run import measure
from trainer.recognizer import Recognizer


def run(module: str, *arguments: object) -> None:
    """A command of ours, by its module. Raises CalledProcessError when it fails."""
    subprocess.run([sys.executable, "-m", module, *map(str, arguments)], check=True)


def written_preset(path: Path, base: Path, changes: Mapping[str, Any]) -> Path:
    """A preset with some settings in place of the base's: of features and training, one by one."""
    preset = yaml.safe_load(base.read_text(encoding="utf-8"))
    for part, change in changes.items():
        preset[part] = {**preset[part], **change} if isinstance(change, Mapping) else change
    put_text(path, yaml.safe_dump(preset, sort_keys=False))
    return path


@dataclass(frozen=True, slots=True)
class Setting:
    """What is to be chosen."""

    preset: Path
    word_bonus: float
    """The decoder's beta."""

    def __str__(self) -> str:
        return f"{self.preset.stem}, word bonus {self.word_bonus:g}"


@dataclass(frozen=True, slots=True)
class Trials:
    """Trainings and their results, in a folder."""

    imported: Path
    """Where the clips lie."""
    work: Path
    lm: Path
    threads: int

    def share(self, setting: Setting, fold: Fold) -> float:
        """Of the clips of the fold's test, those with the right text; 0 to 1.

        A training that was interrupted goes on. Raises CalledProcessError where one fails.
        """
        heard = "-".join(sorted({entry.speaker for entry in fold.train}))
        train = self._manifest(f"{heard}-train", fold.train)
        dev = self._manifest(f"{heard}-dev", fold.dev)
        test = self._manifest(f"{fold.left_out}-test", fold.test)
        # Of other settings or other clips nothing is taken over: neither weights nor results.
        learnt = digest_of(setting.preset, train, dev)[:8]
        model = self.work / "models" / f"{setting.preset.stem}-by-{heard}-{learnt}"
        key = digest_of(setting.preset, train, dev, test, self.lm / "lm.json")[:8]
        kept = (
            self.work
            / "results"
            / (
                f"{setting.preset.stem}-by-{heard}-on-{fold.left_out}-{setting.word_bonus:g}-{key}.json"
            )
        )
        if not kept.exists():
            self._train(setting.preset, train, dev, model)
            right = self._right(model, test, setting.word_bonus)
            seconds = round(training_seconds(model))
            kept.parent.mkdir(parents=True, exist_ok=True)
            put_text(kept, json.dumps({"right": right, "seconds": seconds}) + "\n")
        right = json.loads(kept.read_text(encoding="utf-8"))["right"]
        return float(right) / len(fold.test)

    def _manifest(self, name: str, entries: tuple[Entry, ...]) -> Path:
        path = self.imported / f"{name}.csv"  # names of clips count from where the manifest lies
        with put_atomic(path) as stream:
            writer = ManifestWriter(stream)
            for entry in entries:
                writer.write(entry)
        return path

    def _train(self, preset: Path, train: Path, dev: Path, model: Path) -> None:
        done = model.with_name(f"{model.name}.done")
        if done.exists():
            return
        run(
            "trainer.train_command", "--preset", preset, "--train", train, "--dev", dev,
            "--out", model, "--samples", 0, "--threads", self.threads,
        )  # fmt: skip
        done.touch()

    def _right(self, model: Path, test: Path, word_bonus: float) -> int:
        options = replace(options_of(LanguageModelPackage.read(self.lm)), beta=word_bonus)
        recognizer = Recognizer(model, self.lm, options=options)
        searched = measure(recognizer, [test], threads=self.threads).searched
        assert searched is not None
        return sum(one.hypothesis == one.reference for one in searched.scored)
