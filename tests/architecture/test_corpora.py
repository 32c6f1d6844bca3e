"""The contract of a corpus file, for every one in the registry."""

import contextlib
import inspect
import re
from pathlib import Path

import pytest

from importers.corpus import SPLITS, Corpus, ReadOptions
from importers.registry import all_corpora
from importers.splits.rules import SPLIT_RULES

ROOT = Path(__file__).resolve().parents[2]
CORPORA = all_corpora()


def module_file(corpus: Corpus) -> Path:
    return Path(inspect.getfile(corpus.read))


def test_every_file_is_a_corpus_and_every_name_is_its_own() -> None:
    files = set((ROOT / "importers" / "corpora").glob("*.py"))
    files -= {ROOT / "importers" / "corpora" / "__init__.py"}
    assert {module_file(corpus) for corpus in CORPORA.values()} == files
    assert len(CORPORA) == len(files)


@pytest.mark.parametrize("name", CORPORA)
def test_info_is_complete(name: str) -> None:
    info = CORPORA[name].INFO
    assert re.fullmatch(r"[a-z][a-z0-9-]*", info.name)
    assert info.title
    assert info.languages
    assert info.licence
    assert info.homepage.startswith("https://")
    assert "https://" in info.how_to_get
    assert info.markers
    assert info.tables
    assert set(info.unsplit_groups) <= set(info.groups)
    assert len(set(info.columns)) == len(info.columns)
    assert info.default_split in SPLIT_RULES


@pytest.mark.parametrize("name", CORPORA)
def test_it_names_its_source(name: str) -> None:
    module = inspect.getmodule(CORPORA[name].read)
    assert module is not None
    assert "https://" in (module.__doc__ or "")


@pytest.mark.parametrize("name", CORPORA)
def test_read_has_the_signature_of_the_seam(name: str) -> None:
    signature = inspect.signature(CORPORA[name].read)
    assert list(signature.parameters) == ["root", "options"]


@pytest.mark.parametrize("name", CORPORA)
def test_read_of_an_empty_folder_yields_nothing_and_writes_nothing(
    name: str, tmp_path: Path
) -> None:
    """Or it finds its table missing: the machinery only calls it where a marker file lies."""
    with contextlib.suppress(FileNotFoundError):
        assert list(CORPORA[name].read(tmp_path, ReadOptions())) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", CORPORA)
def test_it_has_a_test_of_its_own(name: str) -> None:
    file = module_file(CORPORA[name])
    assert (ROOT / "tests" / "importers" / "corpora" / f"test_{file.name}").is_file()


def test_set_names_cover_all_splits() -> None:
    for corpus in CORPORA.values():
        names = corpus.INFO.set_names()
        for group in corpus.INFO.groups:
            for split in (*SPLITS, None):
                assert corpus.INFO.set_name(group, split) in names
