"""The import within produce-model: done when something of it is missing or asked for anew."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from importers.errors import UsageError
from pipelines.import_corpus import ImportRequest, import_corpus
from pipelines.import_options import ImportOptions
from pipelines.produce_import import CorpusImport
from pipelines.stages import Stages

Digests = Callable[[Path], dict[str, str]]


@dataclass
class Road:
    """A target, and what is said on the way."""

    target: Path
    lines: list[str] = field(default_factory=list)

    def run(self, source: Path | None = None, **options: str) -> list[str]:
        """Import as produce-model does; what was said."""
        self.lines.clear()
        stages = Stages(self.target / ".produce", self.lines.append)
        self.imported(source, **options).run(stages, self.lines.append)
        return self.lines

    def imported(self, source: Path | None = None, **options: str) -> CorpusImport:
        return CorpusImport("cv", self.target, source, ImportOptions(**options), threads=2)  # type: ignore[arg-type]

    def times(self) -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in self.target.glob("clips/*/*.wav")}


@pytest.fixture(scope="module")
def whole(real_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A target after a first run with the archive as SOURCE."""
    road = Road(tmp_path_factory.mktemp("whole"))
    assert road.run(real_archive) == ["import ..."]
    return road.target


@pytest.fixture
def road(whole: Path, tmp_path: Path) -> Road:
    """A copy of it."""
    shutil.copytree(whole, tmp_path / "cv")
    return Road(tmp_path / "cv")


def test_an_archive_is_imported_once(road: Road, real_archive: Path, digests: Digests) -> None:
    before = digests(road.target)
    assert road.run(real_archive) == ["import: unchanged"]
    assert road.run() == ["import: unchanged"]
    assert digests(road.target) == before
    assert len(road.times()) == 47


@pytest.mark.parametrize(
    "name", ["cv-valid-train.csv", "cv-invalid.csv", "rejects.csv", "alphabet.txt", "report.json"]
)
def test_a_file_that_was_deleted_is_written_again(
    road: Road, real_archive: Path, digests: Digests, name: str
) -> None:
    """Also without SOURCE: the import knows what it is made of."""
    before, times = digests(road.target), road.times()
    for sources in ((real_archive,), ()):
        (road.target / name).unlink()
        road.imported(*sources).check()
        assert road.run(*sources) == ["import ..."]
        assert digests(road.target) == before
        assert road.times() == times


def test_clips_that_were_deleted_are_converted_again(
    road: Road, real_archive: Path, digests: Digests
) -> None:
    before = digests(road.target)
    shutil.rmtree(road.target / "clips")
    assert road.run(real_archive) == ["import ..."]
    assert digests(road.target) == before


def lose_source(road: Road, folder: Path) -> None:
    """As if the archive had been taken away since."""
    parameters = road.target / ".import" / "parameters.json"
    content = json.loads(parameters.read_text())
    content["sources"][0]["path"] = f"{folder}/lost.tar"
    parameters.write_text(json.dumps(content))


def test_single_wavs_are_mended_before_they_are_read(
    road: Road, real_archive: Path, digests: Digests, tmp_path: Path
) -> None:
    before, times = digests(road.target), road.times()
    manifests = sorted(road.target.glob("cv-valid-*.csv"))
    road.imported(real_archive).mend(manifests, road.lines.append)
    assert (road.lines, road.times()) == ([], times)
    for harm in (Path.unlink, cut):
        wav = next(path for path in times if path.stem in manifests[-1].read_text())
        harm(wav)
        road.lines.clear()
        road.imported(real_archive).mend(manifests, road.lines.append)
        assert road.lines == [f"{wav}: missing, or not of its length: importing again"]
        assert digests(road.target) == before
        assert [path for path, time in road.times().items() if time != times[path]] == [wav]
        times = road.times()
    wav.unlink()
    lose_source(road, tmp_path)
    with pytest.raises(UsageError, match=r"/lost\.tar: is no longer there, and is needed"):
        road.imported().mend(manifests, road.lines.append)


def cut(wav: Path) -> None:
    wav.write_bytes(wav.read_bytes()[:-2])


def test_options_that_are_given_take_effect_and_convert_nothing(
    road: Road, real_archive: Path
) -> None:
    times = road.times()
    assert road.run(real_archive, text_rules="none") == ["import ..."]
    assert road.run(real_archive, text_rules="none") == ["import: unchanged"]
    text = (road.target / "cv-valid-train.csv").read_text()
    assert road.run(real_archive) == ["import ..."]  # as if never said
    assert (road.target / "cv-valid-train.csv").read_text() != text
    assert road.times() == times


def test_an_import_of_its_own_stays_as_it_was_told_but_for_what_is_asked(
    real_archive: Path, tmp_path: Path
) -> None:
    road = Road(tmp_path)
    (tmp_path / real_archive.name).symlink_to(real_archive)
    told = ImportOptions(text_rules="none", max_seconds=15.0, absolute_paths=True)
    import_corpus(told.apply(ImportRequest("cv", tmp_path)))
    times, rejects = road.times(), (tmp_path / "rejects.csv").read_bytes()
    first = (tmp_path / "cv-valid-train.csv").read_bytes()
    assert road.run() == ["import: unchanged"]
    assert road.imported().request == told.apply(road.imported().request)

    assert road.run(split="speaker") == ["import ..."]
    assert road.run(split="speaker") == ["import: unchanged"]
    asked = replace(told, split="speaker").apply(ImportRequest("cv", tmp_path, threads=2))
    assert road.imported().request == asked
    assert "changed: split was not set, now speaker" in (tmp_path / "report.json").read_text()
    assert (tmp_path / "cv-valid-train.csv").read_bytes() != first
    assert (tmp_path / "rejects.csv").read_bytes() == rejects
    assert road.run(split="official") == ["import ..."]
    assert (tmp_path / "cv-valid-train.csv").read_bytes() == first
    assert f"\n{tmp_path}/clips/" in first.decode()
    assert road.times() == times


def test_what_another_command_has_changed_in_between_is_seen(
    road: Road, real_archive: Path, digests: Digests
) -> None:
    before = digests(road.target)
    other = ImportOptions(split="speaker")
    import_corpus(other.apply(ImportRequest("cv", road.target, real_archive)))
    assert digests(road.target) != before
    assert road.run() == ["import: unchanged"]  # stays as that command was told
    assert road.imported().request.rules.split == "speaker"
    assert road.run(real_archive) == ["import ..."]
    # The report alone tells of the change.
    assert {k: v for k, v in digests(road.target).items() if k != "report.json"} == {
        k: v for k, v in before.items() if k != "report.json"
    }


def test_without_its_archive_an_import_can_be_told_other_options(
    road: Road, tmp_path: Path
) -> None:
    """Its tables are kept, and nothing is converted for them."""
    times = road.times()
    lose_source(road, tmp_path)
    road.imported(split="speaker").check()
    assert road.run(split="speaker") == ["import ..."]
    assert road.times() == times
    with pytest.raises(UsageError, match="no Common Voice release is here"):
        Road(tmp_path).imported().check()
