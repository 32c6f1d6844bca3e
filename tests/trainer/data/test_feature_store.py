"""Features of real clips: batched, normalised, and kept in memory, on disk or not at all."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from importers.errors import MynaError
from native.features import DEEPSPEECH, features
from tests.trainer.spoken_commands import ALPHABET, Commands
from trainer.data import feature_store
from trainer.data.batch_order import in_length_order
from trainer.data.batches import Batch
from trainer.data.clip_file import read_samples
from trainer.data.clips import Clip, read_clips
from trainer.data.feature_cache import FeatureCache
from trainer.data.feature_store import FeatureStore, measured


@pytest.fixture(scope="module")
def clips(commands: Commands) -> list[Clip]:
    return read_clips([commands.train], ALPHABET, DEEPSPEECH).clips


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files whose audio has been read."""
    paths = list[Path]()

    def noted(path: Path, rate: int) -> NDArray[np.int16]:
        paths.append(path)
        return read_samples(path, rate)

    monkeypatch.setattr(feature_store, "read_samples", noted)
    return paths


def opened(folder: Path) -> FeatureCache:
    def say(line: str) -> None:
        raise AssertionError(line)

    return FeatureCache(folder, DEEPSPEECH, say)


def in_order(store: FeatureStore, clips: Sequence[Clip]) -> list[Batch]:
    with store.batches(in_length_order(clips, 5)) as batches:
        return list(batches)


def assert_same(one: list[Batch], other: list[Batch]) -> None:
    for ours, theirs in zip(one, other, strict=True):
        assert ours.clips == theirs.clips
        assert np.array_equal(ours.features, theirs.features)


def test_a_batch_holds_each_clip_and_zeros_behind_it(clips: list[Clip]) -> None:
    [batch] = FeatureStore(clips, DEEPSPEECH, threads=2).batches([[3, 0, 5]])
    assert batch.clips == (clips[3], clips[0], clips[5])
    assert batch.features.shape == (3, batch.frames.max(), 26)
    assert batch.labels.shape == (3, batch.label_counts.max())
    for row, clip in enumerate(batch.clips):
        heard = features(read_samples(clip.path, 16000), DEEPSPEECH)
        assert batch.frames[row] == len(heard) == clip.frames
        assert np.array_equal(batch.features[row, : clip.frames], heard)
        assert not batch.features[row, clip.frames :].any()
        assert ALPHABET.decode(batch.labels[row, : batch.label_counts[row]].tolist()) == clip.text


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("memory", [0, 1 << 20])
def test_batches_are_the_same_wherever_features_are_kept(
    clips: list[Clip], memory: int, threads: int, tmp_path: Path
) -> None:
    store = FeatureStore(clips, DEEPSPEECH, threads=threads, memory=memory)
    once, again = (in_order(store, clips) for _ in range(2))
    assert [len(batch.clips) for batch in once] == [5, 5, 5, 5, 4]
    assert_same(once, again)
    with opened(tmp_path) as cache:
        on_disk = FeatureStore(clips, DEEPSPEECH, threads=threads, cache=cache)
        for _ in range(2):
            assert_same(in_order(on_disk, clips), once)


@pytest.mark.parametrize(("memory", "times"), [(0, 3), (1 << 20, 1)])
def test_a_small_set_is_read_once(
    clips: list[Clip], read: list[Path], memory: int, times: int
) -> None:
    store = FeatureStore(clips, DEEPSPEECH, threads=1, memory=memory)
    for _ in range(3):
        in_order(store, clips)
    assert sorted(read) == sorted([clip.path for clip in clips] * times)


def test_what_is_kept_in_memory_is_what_is_given(clips: list[Clip]) -> None:
    store = FeatureStore(clips, DEEPSPEECH, threads=1)
    [first] = store.get([0])
    assert store.get([0])[0] is first


def test_a_cache_spares_the_audio_to_all_runs(
    clips: list[Clip], read: list[Path], tmp_path: Path
) -> None:
    with opened(tmp_path) as cache:
        store = FeatureStore(clips[:20], DEEPSPEECH, threads=2, cache=cache)
        for _ in range(3):
            in_order(store, clips[:20])
    assert sorted(read) == sorted(clip.path for clip in clips[:20])
    read.clear()
    with opened(tmp_path) as cache:
        later = FeatureStore(clips[::-1], DEEPSPEECH, threads=2, cache=cache)
        first = in_order(later, clips)
        assert sorted(read) == sorted(clip.path for clip in clips[20:])
        assert_same(first, in_order(FeatureStore(clips[::-1], DEEPSPEECH, threads=1), clips))


def test_a_cache_holds_raw_features(clips: list[Clip], tmp_path: Path) -> None:
    with opened(tmp_path) as cache:
        store = FeatureStore(clips, DEEPSPEECH, threads=1, cache=cache)
        raw = store.get([0])[0]
        store.normalisation = measured(store, len(clips), seed=1)
        assert np.array_equal(store.get([0])[0], store.normalisation.apply(raw))
        assert not np.array_equal(store.get([0])[0], raw)
    with opened(tmp_path) as cache:
        assert np.array_equal(
            FeatureStore(clips, DEEPSPEECH, threads=1, cache=cache).get([0])[0], raw
        )


def test_a_clip_that_has_changed_is_computed_again(clips: list[Clip], tmp_path: Path) -> None:
    copy = tmp_path / "x.wav"
    samples = read_samples(clips[0].path, 16000)
    copy.write_bytes(clips[0].path.read_bytes())
    mine = [Clip(copy, "", clips[0].labels, clips[0].frames)]
    with opened(tmp_path / "cache") as cache:
        [before] = FeatureStore(mine, DEEPSPEECH, threads=1, cache=cache).get([0])
        content = bytearray(copy.read_bytes())
        content[44:] = samples[::-1].tobytes()
        copy.write_bytes(content)
        os.utime(copy, ns=(0, copy.stat().st_mtime_ns + 1))
        [after] = FeatureStore(mine, DEEPSPEECH, threads=1, cache=cache).get([0])
    assert np.array_equal(after, features(np.ascontiguousarray(samples[::-1]), DEEPSPEECH))
    assert before.shape == after.shape and not np.array_equal(before, after)


def test_a_clip_that_changes_while_it_is_read_leaves_nothing_wrong(
    clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is kept for what the file was before: which nobody asks for again."""
    copy = tmp_path / "x.wav"
    copy.write_bytes(clips[0].path.read_bytes())
    mine = [Clip(copy, "", clips[0].labels, clips[0].frames)]

    def replaced_then_read(path: Path, rate: int) -> NDArray[np.int16]:
        samples = read_samples(path, rate)
        content = bytearray(path.read_bytes())
        content[44:] = samples[::-1].tobytes()
        path.write_bytes(content)
        os.utime(path, ns=(0, 1))
        return samples

    with opened(tmp_path / "cache") as cache:
        store = FeatureStore(mine, DEEPSPEECH, threads=1, cache=cache)
        with monkeypatch.context() as patch:
            patch.setattr(feature_store, "read_samples", replaced_then_read)
            store.get([0])
        [now] = FeatureStore(mine, DEEPSPEECH, threads=1, cache=cache).get([0])
    assert np.array_equal(now, features(read_samples(copy, 16000), DEEPSPEECH))


@pytest.mark.parametrize("memory", [0, 1 << 20])
@pytest.mark.parametrize("cached", [False, True])
def test_a_clip_of_another_length_is_refused(
    clips: list[Clip], tmp_path: Path, *, cached: bool, memory: int
) -> None:
    one, other = clips[0], clips[1]
    assert one.frames != other.frames
    copy = tmp_path / "x.wav"
    copy.write_bytes(other.path.read_bytes())
    mine = [replace(one, path=copy)]
    with opened(tmp_path / "cache") as cache:
        store = FeatureStore(
            mine, DEEPSPEECH, threads=1, memory=memory, cache=cache if cached else None
        )
        for _ in range(2):  # nothing of it is kept
            with pytest.raises(MynaError) as caught:
                store.get([0])
    assert str(caught.value) == (
        f"{copy}: has changed since it was first looked at: {other.frames} frames, not "
        f"{one.frames}. Put back what was there, and run the same command again"
    )
    assert not [*tmp_path.rglob("*.index")]


def test_a_full_disk_costs_time_alone(clips: list[Clip], small_disk: Path) -> None:
    said = list[str]()
    (small_disk / "ballast").write_bytes(bytes(1_900_000))
    plain = in_order(FeatureStore(clips, DEEPSPEECH, threads=1), clips)
    with FeatureCache(small_disk / "cache", DEEPSPEECH, said.append) as cache:
        store = FeatureStore(clips, DEEPSPEECH, threads=2, cache=cache)
        for _ in range(2):
            assert_same(in_order(store, clips), plain)
    assert len(said) == 1 and "no space is left on the disk" in said[0]


def test_a_missing_clip_is_said_with_a_cache_too(clips: list[Clip], tmp_path: Path) -> None:
    gone = [Clip(tmp_path / "gone.wav", "", clips[0].labels, 10)]
    with opened(tmp_path) as cache:
        store = FeatureStore(gone, DEEPSPEECH, threads=1, cache=cache)
        with pytest.raises(MynaError, match=r"gone\.wav: no such clip"):
            next(store.batches([[0]]))


def test_no_batches() -> None:
    assert list(FeatureStore([], DEEPSPEECH, threads=1).batches([])) == []


def test_so_much_memory_is_taken_ahead(clips: list[Clip], monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches are weighed with their padding."""
    store = FeatureStore(clips, DEEPSPEECH, threads=1)
    longest = max(clips[number].frames for number in (0, 1, 2))
    assert store._bytes_of_batch([0, 1, 2]) == 3 * longest * 26 * 4
    [batch] = store.batches([[0, 1, 2]])
    assert batch.features.nbytes == 3 * longest * 26 * 4


def test_the_normalisation_of_a_corpus_is_mean_and_deviation(clips: list[Clip]) -> None:
    store = FeatureStore(clips, DEEPSPEECH, threads=1)
    normalisation = measured(store, len(clips), seed=1)
    heard = np.concatenate(store.get(range(len(clips)))).astype(np.float64)
    assert normalisation.mean == pytest.approx(heard.mean(0), abs=1e-4)
    assert normalisation.deviation == pytest.approx(heard.std(0), rel=1e-4)
    store.normalisation = normalisation
    normalised = np.concatenate(store.get(range(len(clips))))
    assert np.abs(normalised.mean(0)).max() < 1e-4
    assert np.abs(normalised.std(0) - 1).max() < 1e-3
