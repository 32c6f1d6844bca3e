"""The commands ``import-corpus NAME`` and ``import-<name>``, one for each corpus in the registry.

import-cv /data/cv
import-cv /data/cv ~/Downloads/cv-corpus-21.0-2025-03-14-en.tar.gz
import-cv /data/cv https://example.org/cv-corpus-21.0-2025-03-14-en.tar.gz
import-cv /data/cv mdc:DATASET-ID
import-librispeech /data/ls --download --sets dev-clean,test-clean
import-corpus --list
"""

import argparse
import functools
import sys
from collections.abc import Sequence
from pathlib import Path

from importers import console
from importers.corpus import Corpus
from importers.corpus_table import as_markdown, as_text
from importers.errors import MynaError, UsageError
from importers.registry import all_corpora, load
from pipelines.import_corpus import ImportRequest, check_target, import_corpus
from pipelines.import_options import ImportOptions, add_import_options
from pipelines.source_options import acquire_said, add_source, path

_COMMAND = "import-corpus"


def main() -> int:
    """Entry point: the corpus is told by the program's own name, or by the first argument."""
    program = Path(sys.argv[0]).name
    arguments = sys.argv[1:]
    if program != _COMMAND and program.startswith("import-"):
        command = functools.partial(_import, program.removeprefix("import-"), program)
        return console.run(command, arguments, program, resumes=True)
    return console.run(_import_by_name, arguments, _COMMAND, resumes=True)


def _import_by_name(arguments: Sequence[str]) -> None:
    if arguments and not arguments[0].startswith("-"):
        _import(arguments[0], f"{_COMMAND} {arguments[0]}", arguments[1:])
        return
    parser = console.parser(
        "Import a corpus: 16 kHz WAVs and train, dev and test CSVs. "
        f"`{_COMMAND} NAME -h` shows a corpus's options.",
        f"{_COMMAND} cv /data/cv",
        prog=_COMMAND,
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="the corpus")
    parser.add_argument("--list", action="store_true", help="list the corpora and stop")
    parser.add_argument("--markdown", action="store_true", help="the list as the README has it")
    known = parser.parse_args(arguments)
    corpora = all_corpora()
    if not known.list:
        raise UsageError(f"name a corpus: {', '.join(corpora)}")
    print((as_markdown if known.markdown else as_text)(corpora.values()), end="")


def _import(name: str, program: str, arguments: Sequence[str]) -> None:
    corpus = load(name)
    parser = _parser(corpus, program)
    known, beam_arguments = parser.parse_known_intermixed_args(arguments)
    if beam_arguments and not known.runner:
        parser.error(f"unrecognized arguments: {' '.join(beam_arguments)}")
    report = import_corpus(_request(name, known, tuple(beam_arguments)))
    print(report.to_text(), end="")
    if not report.imported:
        why = "the tables list none" if not report.read else "see rejects.csv for the reasons"
        raise MynaError(f"{known.target}: no clip was imported: {why}")
    print(f"\nmanifests: {known.target}/{name}-*.csv")


def _parser(corpus: Corpus, program: str) -> argparse.ArgumentParser:
    info = corpus.INFO
    parser = console.parser(
        f"Import {info.title}: 16 kHz WAVs and train, dev and test CSVs. "
        "The same command goes on where an interrupted one stopped.",
        f"{program} /data/{info.name}{' ~/recordings' if info.listed else ''}",
        prog=program,
    )
    parser.add_argument("target", metavar="TARGET", type=path, help="folder for WAVs and CSVs")
    add_source(
        parser,
        "archive or folder of a release, a URL, or mdc:DATASET-ID of Mozilla Data Collective "
        "(with a key in MDC_API_KEY), which are downloaded into TARGET; without it, the release "
        "that lies in TARGET",
    )
    parser.add_argument(
        "--threads",
        type=console.positive,
        default=console.cores(),
        help="native threads of a conversion",
    )
    parser.add_argument(
        "--fresh",
        action="store_true",
        help="begin anew: remove the clips and CSVs that earlier runs made in TARGET",
    )
    parser.add_argument(
        "--add",
        action="store_true",
        help="put SOURCE, a delta release say, to the import that stands in TARGET",
    )
    parser.add_argument(
        "--reuse",
        metavar="OLD_TARGET",
        type=path,
        help="take over the clips (by hard links where it can be) that another import, of an older "
        "release say, has converted already",
    )
    parser.add_argument(
        "--retry-rejects",
        action="store_true",
        help="try the clips again whose audio earlier runs could not convert",
    )
    parser.add_argument(
        "--runner",
        help="another Beam runner (FlinkRunner, SparkRunner, DataflowRunner); further --flags are "
        "Beam's own",
    )
    add_import_options(parser, corpus)
    return parser


def _request(
    name: str, known: argparse.Namespace, beam_arguments: tuple[str, ...]
) -> ImportRequest:
    runner = (f"--runner={known.runner}",) if known.runner else ()
    request = ImportRequest(
        corpus=name,
        target=known.target,
        threads=known.threads,
        fresh=known.fresh,
        add=known.add,
        reuse=known.reuse,
        retry_rejects=known.retry_rejects,
        beam_arguments=(*runner, *beam_arguments),
    )
    request = ImportOptions.of(known).apply(request)
    check_target(request)
    # Last, since it may take hours: what is wrong in the others has been said by then.
    return acquire_said(known, request)


if __name__ == "__main__":
    sys.exit(main())
