"""The command ``produce-model``: a release in, a model that transcribes out.

produce-model /data/cv
produce-model /data/cv cv-corpus-21.0-en.tar.gz --text wiki.txt.gz --width 512
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

from importers import console
from importers.corpus import Corpus
from importers.errors import UsageError
from importers.registry import load
from lm.sentences import check_text
from pipelines.import_corpus import ImportRequest, check_target
from pipelines.import_options import ImportOptions, add_import_options
from pipelines.source_options import acquire_said, add_source, path
from trainer.learning.tensorflow_log import quiet_tensorflow
from trainer.settings import add_cache_and_licence, add_settings, chosen_preset

_COMMAND = "produce-model"


def main() -> int:
    """Entry point."""
    return console.run(_produce, sys.argv[1:], _COMMAND, resumes=True)


def _produce(arguments: Sequence[str]) -> None:
    known = _parser(_corpus(arguments)).parse_intermixed_args(arguments)
    quiet_tensorflow()
    from pipelines.produce_model import ProduceRequest, check_what_is_said, produce_model

    request = ProduceRequest(
        target=known.target,
        source=None,
        corpus=known.corpus,
        preset_name=known.preset,
        preset=chosen_preset(known),
        texts=tuple(known.text or ()),
        options=ImportOptions.of(known),
        threads=known.threads,
        feature_cache=known.feature_cache,
        licence=known.licence,
    )
    _check_no_source_among_texts(known)
    check_what_is_said(request)
    wanted = request.options.apply(ImportRequest(known.corpus, known.target))
    if known.download:
        wanted = request.imported.request  # of a set that was told before, no other is fetched
    if known.source is not None or known.download:
        check_target(wanted)
    # Last, since it may take hours: what is wrong in the others has been said by then.
    source = acquire_said(known, wanted).source
    request = replace(request, source=source, fetched=known.download)
    print(produce_model(request, console.say), end="")
    print(f"\ntry it: transcribe --model {request.model} --lm {request.language_model} CLIP")


def _check_no_source_among_texts(known: argparse.Namespace) -> None:
    """Raises UsageError for a last text that cannot be one, where it may be meant as SOURCE."""
    if known.source is not None or known.download or len(known.text or ()) < 2:
        return
    try:
        check_text(known.text[-1])
    except UsageError as error:
        raise UsageError(
            f"{error}. If it is SOURCE, name it before --text, which takes all names behind it"
        ) from None


def _corpus(arguments: Sequence[str]) -> Corpus:
    """The one that --corpus names: its flags are among those that can be said."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    _add_corpus(parser)
    return load(parser.parse_known_args(arguments)[0].corpus)


def _add_corpus(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corpus", metavar="NAME", default="cv",
        help="which kind of corpus it is; its own flags can then be said too",
    )  # fmt: skip


def _parser(corpus: Corpus) -> argparse.ArgumentParser:
    parser = console.parser(
        "Import a release, build a language model, train an acoustic model and measure it. The "
        "same command goes on where an interrupted one stopped, and skips what is unchanged.",
        f"{_COMMAND} /data/cv",
        prog=_COMMAND,
    )
    parser.add_argument(
        "target", metavar="TARGET", type=path, help="folder for the corpus, its LM and its model"
    )
    add_source(
        parser,
        "archive, folder, URL or mdc:DATASET-ID of a release, as import-cv takes it; without "
        "it, the one that lies in TARGET, and what is imported there already stays as it was told, "
        "but for the options given here",
    )
    _add_corpus(parser)
    parser.add_argument(
        "--text", metavar="FILE", nargs="+", type=path, action="extend",
        help="text for the language model, besides the transcripts of train",
    )  # fmt: skip
    add_cache_and_licence(parser)
    add_settings(parser, "deepspeech")
    add_import_options(parser, corpus, seed_flag="--split-seed")
    parser.add_argument(
        "--threads", metavar="N", type=console.positive, default=console.cores(),
        help="threads that convert, compute features and decode",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
