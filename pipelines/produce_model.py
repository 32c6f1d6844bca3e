"""From a release to a model that transcribes: import, language model, training, test.

    TARGET/cv-*.csv, clips/  ->  TARGET/lm  ->  TARGET/model  ->  the table of results

Each stage is a function that has a command of its own too; this only knows their order, and which
of them need not be done again.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from importers.digests import digest_with_names
from importers.errors import MynaError
from importers.manifest import only_locale, read_manifest
from importers.registry import load
from importers.storage import put_text
from importers.text import TextRules
from lm.build import BuildRequest, build_language_model
from lm.package import VERSION as PACKAGE_VERSION
from lm.package import LanguageModelPackage
from lm.sentences import check_text
from pipelines.import_corpus import label_parameters
from pipelines.import_manifests import ALPHABET, REPORT
from pipelines.import_options import ImportOptions
from pipelines.produce_import import CorpusImport
from pipelines.stages import Stage, Stages
from trainer.config import Preset
from trainer.model_formats import ModelFormat, data_name
from trainer.train_model import TrainRequest, train_model

RESULT = "produce-model.json"
_STAGES = ".produce"
_TEST = "test"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ProduceRequest:
    """What produce-model is asked for."""

    target: Path
    source: Path | None
    corpus: str
    preset_name: str
    preset: Preset
    texts: tuple[Path, ...] = ()
    """For the language model, besides the transcripts of train."""
    options: ImportOptions = field(default_factory=ImportOptions)
    """Of the import: what is said, and nothing more."""
    threads: int = 1
    feature_cache: Path | None = None
    """Folder that keeps features, for all epochs and later runs."""
    licence: str | None = None
    """Of the model, for its card."""
    fetched: bool = False
    """Archives have been fetched into the target just now."""

    def manifest(self, split: str) -> Path:
        """The CSV of validated clips of a split."""
        info = load(self.corpus).INFO
        return self.target / f"{info.set_name(info.groups[0], split)}.csv"

    @property
    def imported(self) -> CorpusImport:
        """The import among the stages."""
        return CorpusImport(
            self.corpus, self.target, self.source, self.options, self.threads, self.fetched
        )

    @property
    def language_model(self) -> Path:
        """The folder of the language model package."""
        return self.target / "lm"

    @property
    def model(self) -> Path:
        """The folder of the model."""
        return self.target / "model"


def check_what_is_said(request: ProduceRequest) -> None:
    """Raises MynaError and OSError for what is wrong whatever the release holds.

    It needs no SOURCE, so that it can be said before one is downloaded.
    """
    for text in request.texts:
        check_text(text)
    request.imported.check_options()


def produce_model(request: ProduceRequest, say: Say) -> str:
    """Run all stages that are not done yet; the table of what came out.

    Raises MynaError with what to do for all that a user can mend, and OSError; for a text or a
    release that cannot be read before anything is done.
    """
    check_what_is_said(request)
    request.imported.check()
    _require_own_model(request)
    stages = Stages(request.target / _STAGES, say)
    request.imported.run(stages, say)
    _require_clips(request)
    stages.run(_language_model_stage(request, say))
    training = _training_stage(request, stages, say)
    _keep_what_is_trained(request, training)
    stages.run(training)
    stages.run(_test_stage(request, say))
    return _table(request)


def _require_clips(request: ProduceRequest) -> None:
    report = json.loads((request.target / REPORT).read_text(encoding="utf-8"))
    for split in ("train", "dev", "test"):
        name = request.manifest(split).stem
        if not report["sets"][name]["clips"]:
            raise MynaError(
                f"{request.manifest(split)}: holds no clip, so no model can be made and measured. "
                "Run the same command with --split speaker"
            )


def _language_model_stage(request: ProduceRequest, say: Say) -> Stage:
    texts = [request.manifest("train"), *request.texts]
    alphabet = request.target / ALPHABET
    # With their sentences in the language model, error rates would come out too good.
    excluded = (request.manifest("dev"), request.manifest("test"))
    rules = request.imported.request.rules.text

    def work() -> None:
        locale = only_locale(read_manifest(request.manifest("train")))
        build_language_model(
            BuildRequest(
                out=request.language_model,
                manifests=(request.manifest("train"),),
                texts=request.texts,
                excluded=excluded,
                alphabet=alphabet,
                rules=TextRules(rules, locale),
                threads=request.threads,
            ),
            say,
        )

    return Stage(
        "language model",
        {
            "texts": digest_with_names(*texts, alphabet),
            "excluded": digest_with_names(*excluded),
            "rules": rules,
            "format": str(PACKAGE_VERSION),
        },
        tuple(request.language_model / name for name in ("lm.binary", "trie", "lm.json")),
        work,
    )


def _training_stage(request: ProduceRequest, stages: Stages, say: Say) -> Stage:
    manifests = [request.manifest("train"), request.manifest("dev"), request.target / ALPHABET]

    def work() -> None:
        request.imported.mend(manifests[:2], say)
        stages.forget(_TEST)  # for its results are lost from the model's description
        train_model(
            TrainRequest(
                preset_name=request.preset_name,
                preset=request.preset,
                train=(request.manifest("train"),),
                dev=(request.manifest("dev"),),
                test=(),
                out=request.model,
                alphabet=request.target / ALPHABET,
                feature_cache=request.feature_cache,
                licence=request.licence,
                threads=request.threads,
            ),
            say,
        )

    return Stage(
        "training",
        {
            "manifests": digest_with_names(*manifests),
            "preset": f"{request.preset_name}: {request.preset.model_dump_json()}",
            **({"licence": request.licence} if request.licence else {}),
        },
        (request.model / "model.json", *_onnx_files(request)),
        work,
    )


def _model_record(request: ProduceRequest) -> Path:
    """What the model is trained on and how, which may not change under it.

    train-model itself would go on with the old weights: but after another split they have learnt
    from what is now the test set. How long it is trained may change.
    """
    return request.target / _STAGES / "model-of.json"


def _require_own_model(request: ProduceRequest) -> None:
    """Raises MynaError for a model of other sets or settings, before anything is changed."""
    if not request.model.exists():
        return
    record = _model_record(request)
    if not record.is_file():
        raise MynaError(
            f"{request.model}: is a model that this command has not made. Move it away, and run "
            "the same command again"
        )
    known = json.loads(record.read_text(encoding="utf-8"))
    changed = [name for name, value in _settings(request).items() if known.get(name) != value]
    if changed:
        raise _of_others(request, f"other {' and '.join(changed)} settings")


def _keep_what_is_trained(request: ProduceRequest, training: Stage) -> None:
    """Raises MynaError for a model of other clips."""
    inputs = {"manifests": training.inputs["manifests"], **_settings(request)}
    record = _model_record(request)
    if request.model.exists():
        if json.loads(record.read_text(encoding="utf-8")) != inputs:
            raise _of_others(request, "other clips")
        return
    record.parent.mkdir(parents=True, exist_ok=True)
    put_text(record, json.dumps(inputs, indent=2, ensure_ascii=False) + "\n")


def _settings(request: ProduceRequest) -> dict[str, str]:
    """What decides over a model, as far as it is known before the import."""
    settings = request.preset.model_dump_json(exclude={"training": {"epochs", "patience"}})
    labels = label_parameters(request.imported.request)
    return {
        "training": f"{request.preset_name}: {settings}",
        "import": json.dumps(labels, sort_keys=True, ensure_ascii=False),
    }


def _of_others(request: ProduceRequest, what: str) -> MynaError:
    return MynaError(
        f"{request.model}: stands there, made with {what}. Give those again, or move it away and "
        "run the same command again"
    )


def _test_stage(request: ProduceRequest, say: Say) -> Stage:
    inputs = [
        request.manifest("test"),
        *_onnx_files(request),
        request.language_model / "lm.json",
    ]

    def work() -> None:
        request.imported.mend(inputs[:1], say)
        put_text(
            request.target / RESULT, json.dumps(_measure(request), indent=2, ensure_ascii=False)
        )

    return Stage(_TEST, {"inputs": digest_with_names(*inputs)}, (request.target / RESULT,), work)


def _onnx_files(request: ProduceRequest) -> tuple[Path, ...]:
    name = ModelFormat.ONNX.path
    return request.model / name, request.model / data_name(name)


def _measure(request: ProduceRequest) -> dict[str, object]:
    """The results on the test set, which the model's description gets too."""
    from trainer.evaluation import measured_facts
    from trainer.evaluation_run import measure
    from trainer.recognizer import Recognizer

    recognizer = Recognizer(request.model, request.language_model, many=True)
    measured = measure(recognizer, (request.manifest("test"),), threads=request.threads)
    greedy, searched = measured.greedy, measured.searched
    assert searched is not None  # there is a language model
    example = searched.scored[len(searched.scored) // 2]
    facts = measured_facts(greedy, searched)
    recognizer.model.with_facts(facts)
    return {
        **facts,
        "example": {
            "clip": str(example.path),
            "said": example.reference,
            "recognised": example.hypothesis,
        },
    }


def _table(request: ProduceRequest) -> str:
    report = json.loads((request.target / REPORT).read_text(encoding="utf-8"))
    result: Mapping[str, object] = json.loads((request.target / RESULT).read_text(encoding="utf-8"))
    package = LanguageModelPackage.read(request.language_model)
    size = sum(path.stat().st_size for path in request.language_model.iterdir())
    reasons = ", ".join(f"{count} {reason}" for reason, count in report["rejects"].items())
    example = result["example"]
    assert isinstance(example, dict)
    rows = {
        "clips read": f"{report['read']:,}",
        "imported": f"{report['imported']:,} ({report['seconds'] / 3600:.2f} h)",
        "rejected": f"{report['rejected']:,}" + (f" ({reasons})" if reasons else ""),
        "language model": f"{size / 1e6:.2f} MB, order {package.order}",
        "test": f"{result['test_clips']} clips that were not trained on",
        "WER without LM": f"{result['wer']:.1%}",
        "WER with LM": f"{result['wer_with_language_model']:.1%}",
        "one of them": example["clip"],
        "  said": example["said"],
        "  recognised": example["recognised"],
    }
    return "\n".join(f"{name:<16} {value}" for name, value in rows.items()) + "\n"
