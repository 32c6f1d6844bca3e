import json
from pathlib import Path

import pytest

from importers.alphabet import Alphabet
from importers.errors import FormatError, MynaError
from lm.build import BuildRequest, build_language_model
from lm.package import LanguageModelPackage, is_package


@pytest.fixture
def package(tmp_path: Path) -> LanguageModelPackage:
    text = tmp_path / "t.txt"
    text.write_text("ab ba\nab a\n")
    request = BuildRequest(tmp_path / "lm", texts=(text,), alpha=0.5, beta=2.0)
    return build_language_model(request, lambda line: None)


def test_what_was_built_is_what_is_read(package: LanguageModelPackage) -> None:
    read = LanguageModelPackage.read(str(package.folder))
    assert read == package
    assert (read.alpha, read.beta, read.labels) == (0.5, 2.0, (" ", "a", "b"))
    assert read.to_json() == (package.folder / "lm.json").read_text(encoding="utf-8")
    assert is_package(package.folder)


@pytest.mark.parametrize("name", ["lm.binary", "trie"])
def test_a_damaged_file_is_named(package: LanguageModelPackage, name: str) -> None:
    path = package.folder / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(FormatError, match=rf"{name}: not the file that lm.json was written for"):
        LanguageModelPackage.read(package.folder)
    assert LanguageModelPackage.read(package.folder, verify=False) == package
    path.unlink()
    with pytest.raises(FormatError, match=rf"{name}: missing. Build the package again"):
        LanguageModelPackage.read(package.folder, verify=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 1}, "lm.json: version 1 of the format; this Myna reads 2"),
        ({"format": "other"}, "lm.json: not made by build-lm"),
        (
            {"order": "many"},
            "lm.json: order must be a whole number from 2 to 6, not 'many'. Correct",
        ),
        ({"order": 7}, "lm.json: order must be a whole number from 2 to 6, not 7"),
        ({"order": True}, "lm.json: order must be a whole number from 2 to 6, not True"),
        ({"alphabet": []}, "lm.json: alphabet: an alphabet needs at least one label"),
        ({"unit": "byte"}, "lm.json: unit must be word or character, not 'byte'"),
        ({"unit": ["word"]}, r"lm.json: unit must be word or character, not \['word'\]"),
        ({"structure": 1}, "lm.json: structure must be trie or probing, not 1"),
        ({"bits": 17}, "lm.json: bits must be a whole number from 0 to 16, not 17"),
        ({"alphabet": "ab"}, "lm.json: alphabet must be a list of labels or \"bytes\", not 'ab'"),
        ({"alphabet": ["a", 1]}, r"lm.json: alphabet must be a list .* not \['a', 1\]"),
        (
            {"alpha": -0.5},
            "lm.json: alpha must be a number from 0 to 20, not -0.5. Correct it, or build",
        ),
        ({"alpha": float("nan")}, "lm.json: alpha must be a number from 0 to 20, not nan"),
        ({"alpha": float("inf")}, "lm.json: alpha must be a number from 0 to 20, not inf"),
        ({"alpha": "0.5"}, "lm.json: alpha must be a number, not '0.5'"),
        ({"alpha": True}, "lm.json: alpha must be a number, not True"),
        ({"beta": None}, "lm.json: beta must be a number, not None"),
        ({"beta": float("-inf")}, "lm.json: beta must be a number from -100 to 100, not -inf"),
        ({"beta": 10**400}, "lm.json: beta must be a number, not 1000.*000"),
        ({"prune": 1}, "lm.json: prune must be a list of whole numbers from 0, not 1"),
        ({"prune": [0, -1]}, r"lm.json: prune must be a list of .* from 0, not \[0, -1\]"),
        ({"text_rules": None}, "lm.json: text_rules must be a name, not None"),
        ({"locale": 3}, "lm.json: locale must be a language or null, not 3"),
        ({"counts": 3}, "lm.json: counts must be whole numbers from 0 by their names, not 3"),
        ({"sources": {}}, "lm.json: sources must be a list of objects, not {}"),
        ({"sha256": {"trie": "0"}}, "lm.json: sha256 must be digests of lm.binary and trie, not {"),
    ],
)
def test_a_wrong_lm_json_is_refused(
    package: LanguageModelPackage, change: dict[str, object], message: str
) -> None:
    path = package.folder / "lm.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(FormatError, match=f"{package.folder}/{message}") as caught:
        LanguageModelPackage.read(package.folder)
    assert "\n" not in str(caught.value)


def test_a_field_that_is_missing_is_named(package: LanguageModelPackage) -> None:
    path = package.folder / "lm.json"
    content = json.loads(path.read_text())
    for name in content.keys() - {"format", "version"}:
        path.write_text(json.dumps({key: content[key] for key in content.keys() - {name}}))
        with pytest.raises(FormatError, match=rf"/lm\.json: {name} is missing\. Correct it, or"):
            LanguageModelPackage.read(package.folder)


def test_weights_that_were_tuned_by_hand_count(package: LanguageModelPackage) -> None:
    path = package.folder / "lm.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"alpha": 1, "beta": -2.5}))
    read = LanguageModelPackage.read(package.folder)
    assert (read.alpha, read.beta) == (1.0, -2.5)


def test_what_is_no_package_is_refused(package: LanguageModelPackage, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent", tmp_path / "t.txt"):
        with pytest.raises(FormatError, match=r"package: it has no lm\.json"):
            LanguageModelPackage.read(folder)
    (package.folder / "lm.json").write_text("{")
    with pytest.raises(FormatError, match=r"lm\.json: damaged: .*Build the package again"):
        LanguageModelPackage.read(package.folder)
    assert not is_package(package.folder)


@pytest.mark.parametrize(
    ("labels", "difference"),
    [
        ((" ", "b", "a"), "the same labels in another order"),
        ((" ", "a", "b", "é"), r"it lacks 'é' \(U\+00E9\)\."),
        ((" ", "a"), r"it alone has 'b' \(U\+0062\)\."),
        ((" ", "a", "c"), r"it alone has 'b' \(U\+0062\) and it lacks 'c' \(U\+0063\)\."),
    ],
)
def test_the_difference_of_alphabets_is_named(
    package: LanguageModelPackage, labels: tuple[str, ...], difference: str
) -> None:
    package.check_alphabet(Alphabet((" ", "a", "b")))
    with pytest.raises(
        MynaError, match=f"another alphabet than the acoustic model's: {difference}"
    ):
        package.check_alphabet(Alphabet(labels))
    with pytest.raises(MynaError, match="that is bytes"):
        package.check_alphabet(Alphabet.of_bytes())
