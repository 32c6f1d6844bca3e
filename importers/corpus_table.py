"""The corpora that there are, as ``import-corpus --list`` and the README show them."""

from collections.abc import Iterable, Sequence

from importers.corpus import Access, Corpus, CorpusInfo

_HEADER = ("name", "title", "languages", "licence", "how to get it")


def as_text(corpora: Iterable[Corpus]) -> str:
    """A line for each, in columns."""
    rows = [(info.name, info.title, *_rest(info)) for info in (one.INFO for one in corpora)]
    widths = [max(map(len, column)) for column in zip(_HEADER, *rows, strict=True)]
    return "".join(_line(row, widths) for row in (_HEADER, *rows))


def as_markdown(corpora: Iterable[Corpus]) -> str:
    """The README's table: `import-corpus --list --markdown` prints it."""
    rows = [
        (f"`import-{info.name}`", f"[{info.title}]({info.homepage})", *_rest(info))
        for info in (one.INFO for one in corpora)
    ]
    header = ("command", *_HEADER[1:])
    return "".join(f"| {' | '.join(row)} |\n" for row in (header, ["---"] * len(header), *rows))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(map(str.ljust, cells, widths)).rstrip() + "\n"


def _rest(info: CorpusInfo) -> tuple[str, str, str]:
    return ", ".join(info.languages), info.licence, _how(info)


def _how(info: CorpusInfo) -> str:
    if info.access is Access.LICENSED:
        return f"{info.access}: {', '.join(info.orders)}"
    return f"{info.access}, --download" if info.archives else info.access
