"""The command ``build-lm``: a language model package out of text files and manifests.

build-lm --csv /data/cv/cv-valid-train.csv --text wiki.txt.gz --out /data/lm
zcat news.gz | build-lm --text - --alphabet /data/cv/alphabet.txt --out /data/lm
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from importers import console
from importers.text import TextRules
from lm.build import ORDER, PRUNE, BuildRequest, build_language_model
from lm.package import ALPHA, BETA, LanguageModelPackage
from lm.vocabulary import TOP_WORDS
from native.text import RULES

_COMMAND = "build-lm"


def main() -> int:
    """Entry point."""
    return console.run(_build, sys.argv[1:], _COMMAND)


def _build(arguments: Sequence[str]) -> None:
    known = _parser().parse_args(arguments)
    print(_summary(build_language_model(_request(known), _say)), end="")


def _say(line: str) -> None:
    print(f"{_COMMAND}: {line}", file=sys.stderr)


def _summary(package: LanguageModelPackage) -> str:
    counts = package.counts
    lines = [
        f"{counts['sentences']:,} sentences, {counts['running_words']:,} running words; "
        f"{counts['rejected']:,} lines rejected",
    ]
    for source in package.sources:
        why = ", ".join(f"{count:,} {reason}" for reason, count in source["rejected"].items())
        lines.append(
            f"  {source['name']:<32} {source['sentences']:>11,} sentences"
            + (f", rejected: {why}" if why else "")
        )
    size = (package.binary.stat().st_size + package.trie.stat().st_size) / 1e3
    lines.append(
        f"{package.folder}: {counts['words']:,} words, order {package.order}, {size:,.0f} kB"
    )
    return "\n".join(lines) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = console.parser(
        "Build a language model package (lm.binary, trie, lm.json) from text and transcripts. "
        "All text goes through the same rules as the transcripts of an import. A package that "
        "stands at --out is replaced; any other folder is left as it is.",
        f"{_COMMAND} --csv /data/cv/cv-valid-train.csv --text wiki.txt.gz --out /data/lm",
        prog=_COMMAND,
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="the package")
    _add_inputs(parser)
    parser.add_argument(
        "--order",
        type=int,
        default=ORDER,
        help="words of the longest n-gram, 2 to 6; less where no n-gram so long occurs twice",
    )
    parser.add_argument(
        "--prune",
        metavar="N",
        type=int,
        nargs="+",
        help="drop n-grams seen at most N times, for orders 1, 2, ...; the last for the rest. "
        f"Without it: {' '.join(map(str, PRUNE))}, and nothing is dropped of a small text",
    )
    parser.add_argument(
        "--top-words", metavar="N", type=console.positive, default=TOP_WORDS,
        help="know only the N most frequent words",
    )  # fmt: skip
    parser.add_argument(
        "--alpha", type=float, default=ALPHA, help="weight of the model in decoding"
    )
    parser.add_argument("--beta", type=float, default=BETA, help="bonus for a word in decoding")
    parser.add_argument(
        "--memory", metavar="SIZE", type=_size,
        help="for sorting: 500M, 4G, 50%%; without it 256M for a small text, else 2G",
    )  # fmt: skip
    parser.add_argument(
        "--temp", metavar="DIR", type=Path, help="work files go there; without it, beside --out"
    )
    return parser


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--text", metavar="FILE", type=Path, nargs="+", action="extend", default=None,
        help="text, one sentence a line, UTF-8, plain or gzipped; - is stdin",
    )  # fmt: skip
    parser.add_argument(
        "--csv", metavar="MANIFEST", type=Path, nargs="+", action="extend", default=None,
        help="manifests, whose transcripts are text too",
    )  # fmt: skip
    parser.add_argument(
        "--alphabet", metavar="FILE", type=Path,
        help="the acoustic model's; without it, the alphabet.txt beside the manifests, else the "
        "characters of the transcripts, else those of the text",
    )  # fmt: skip
    parser.add_argument("--text-rules", choices=RULES, default=RULES[0], help="for all text")
    parser.add_argument("--locale", help="language of the text, for its lower case (tr, az)")


def _request(known: argparse.Namespace) -> BuildRequest:
    return BuildRequest(
        out=known.out,
        texts=tuple(known.text or ()),
        manifests=tuple(known.csv or ()),
        order=known.order,
        prune=tuple(known.prune) if known.prune else None,
        top_words=known.top_words,
        alphabet=known.alphabet,
        rules=TextRules(known.text_rules, known.locale),
        alpha=known.alpha,
        beta=known.beta,
        memory=known.memory,
        temp=known.temp,
        threads=console.cores(),
    )


def _size(text: str) -> str:
    """A size as KenLM reads it, but always with its unit: a bare number would be kilobytes."""
    if not re.fullmatch(r"\d+(\.\d+)?[KMGT%]", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 500M, 4G or 50%")
    return text


if __name__ == "__main__":
    sys.exit(main())
