"""The contract of a corpus file, for every one in the registry."""

import argparse
import contextlib
import inspect
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from importers.corpus import SPLITS, Access, Corpus, ReadOptions
from importers.corpus_table import as_markdown
from importers.registry import all_corpora
from importers.splits.rules import SPLIT_RULES
from pipelines.import_options import ImportOptions, add_import_options

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
def test_what_is_said_of_its_archives_can_be_true(name: str) -> None:
    info = CORPORA[name].INFO
    assert bool(info.orders) == (info.access is Access.LICENSED)
    if info.archives:
        assert info.access is Access.FREE
        assert not all(archive.on_request for archive in info.archives)
    assert len({archive.url for archive in info.archives}) == len(info.archives)
    for archive in info.archives:
        assert re.fullmatch(r"[A-Za-z0-9._-]+", archive.name)
        assert urlsplit(archive.url).scheme in ("http", "https")
        assert archive.bytes is None or archive.bytes > 0
        assert archive.sha256 is None or re.fullmatch("[0-9a-f]{64}", archive.sha256)


@pytest.mark.parametrize("name", CORPORA)
def test_its_own_flags_are_silent_until_they_are_said(name: str) -> None:
    parser = argparse.ArgumentParser()
    add_import_options(parser, CORPORA[name])
    known = parser.parse_args([])
    assert ImportOptions.of(known).is_silent
    assert len(set(known.flags_of_corpus)) == len(known.flags_of_corpus)
    assert not set(ImportOptions.__slots__) & set(known.flags_of_corpus)


def test_the_table_of_the_readme_is_generated() -> None:
    """By ``import-corpus --list --markdown``."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = as_markdown(CORPORA.values())
    assert table in readme, f"put this table into README.md:\n{table}"


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
    test = ROOT / "tests" / "importers" / "corpora" / f"test_{file.name}"
    assert test.is_file(), f"write {test.relative_to(ROOT)}"


def test_set_names_cover_all_splits() -> None:
    for corpus in CORPORA.values():
        names = corpus.INFO.set_names()
        for group in corpus.INFO.groups:
            for split in (*SPLITS, None):
                assert corpus.INFO.set_name(group, split) in names
