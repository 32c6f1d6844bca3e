"""Recognition as a library: real clips in, the text that the model was taught out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from importers.errors import MynaError
from lm.build import BuildRequest, build_language_model
from lm.kenlm_programs import Layout
from native.audio import AudioError, decode
from native.decoder import DecoderOptions, greedy
from native.features import DEEPSPEECH, features, frames_of
from tests.native.converter import encode
from tests.trainer.taught_model import ALPHABET, GEOMETRY, teach
from tests.trainer.weights import random_weights
from trainer.formats.acoustic_model import AcousticModel
from trainer.model_folder import ModelFolder
from trainer.recognizer import Recognizer, Transcription


@pytest.fixture(scope="module")
def recognizer(taught: ModelFolder) -> Recognizer:
    return Recognizer(taught.path)


def test_the_text_of_each_clip(recognizer: Recognizer, digits: Mapping[Path, str]) -> None:
    for path, text in digits.items():
        heard = recognizer.transcribe(path)
        (word,) = heard.words
        assert (heard.text, word.text) == (text, text)
        # tests/trainer/taught_model.py: from the second frame to the last but one, 20 ms each.
        assert (word.begin, word.end) == (0.02, 0.02 * (frames_of(len(decode(str(path)))) - 1))
        assert 0 < word.confidence <= 1
        assert heard.seconds == len(decode(str(path))) / 16000
        assert heard.score == heard.acoustic < 0
        # However it is given.
        assert recognizer.transcribe(str(path)) == heard
        assert recognizer.transcribe(path.read_bytes()) == heard
        assert recognizer.transcribe(decode(str(path))) == heard


def test_log_probs_are_the_models(
    recognizer: Recognizer, taught: ModelFolder, digits: Mapping[Path, str]
) -> None:
    model = AcousticModel(taught.onnx, GEOMETRY)
    for path, text in digits.items():
        samples = decode(str(path))
        log_probs = recognizer.log_probs(samples)
        assert np.array_equal(log_probs, model.log_probs(features(samples)))
        assert greedy(log_probs, ALPHABET.labels) == text


def test_a_model_of_clips_at_equal_level_hears_quiet_ones(
    recognizer: Recognizer, digits: Mapping[Path, str], tmp_path: Path
) -> None:
    levelled = Recognizer(
        teach(tmp_path, digits, spec=replace(DEEPSPEECH, level="equal")).path, many=True
    )
    missed = 0
    for path, text in digits.items():
        quiet = (decode(str(path)) / (100 * 32768)).astype(np.float32)
        assert levelled.transcribe(path).text == levelled.transcribe(quiet).text == text
        missed += recognizer.transcribe(quiet).text != text
    assert missed


def test_a_language_model_writes_its_words_only(
    taught: ModelFolder, language_model: Path, digits: Mapping[Path, str], tmp_path: Path
) -> None:
    misspelled = teach(tmp_path, {path: text[:-1] + "x" for path, text in digits.items()})
    without = Recognizer(misspelled.path)
    with_it = Recognizer(misspelled.path, language_model)
    for path, text in digits.items():
        if text != "six":
            assert without.transcribe(path).text == text[:-1] + "x"
            assert with_it.transcribe(path).text == text
    with_it = Recognizer(taught.path, language_model)
    for path, text in digits.items():
        heard = with_it.transcribe(path)
        assert heard.text == text
        assert heard.score != heard.acoustic


def test_the_packages_weights_count(taught: ModelFolder, language_model: Path) -> None:
    options = Recognizer(taught.path, language_model).decoder.options
    assert (options.alpha, options.beta, options.beam_size) == (0.93, 1.18, 500)
    options = Recognizer(taught.path, language_model, beam_size=16).decoder.options
    assert (options.alpha, options.beta, options.beam_size) == (0.93, 1.18, 16)
    wanted = DecoderOptions(alpha=0.1, beta=0.2)
    assert Recognizer(taught.path, language_model, options=wanted).decoder.options == wanted


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_many_clips(recognizer: Recognizer, digits: Mapping[Path, str], workers: int) -> None:
    sources: list[str | Path | bytes] = [*digits, b"no audio", "no.wav", *digits]
    results = list(recognizer.transcribe_many(sources, workers=workers))
    for source, result in zip(sources, results, strict=True):
        if isinstance(source, Path):
            assert result == recognizer.transcribe(source)
        else:
            assert isinstance(result, AudioError)
    assert str(results[6]) == "no.wav: no such file"


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "AIFF", "CAF"])
def test_formats_without_loss(
    recognizer: Recognizer, digits: Mapping[Path, str], kind: str
) -> None:
    for path, text in digits.items():
        clip = encode(decode(str(path)) / 32768, 16000, kind)
        assert recognizer.transcribe(clip).text == text


@pytest.mark.parametrize(("rate", "kind"), [(48000, "WAV"), (44100, "FLAC"), (48000, "MP3")])
def test_other_rates_and_formats(
    taught: ModelFolder, language_model: Path, digits: Mapping[Path, str], rate: int, kind: str
) -> None:
    # What was learnt by heart is no longer the same to the bit; the lexicon makes up for it.
    recognizer = Recognizer(taught.path, language_model)
    for path, text in digits.items():
        clip = encode(decode(str(path), rate) / 32768, rate, kind)
        assert recognizer.transcribe(clip).text == text


@pytest.mark.parametrize("count", [1, 511])
def test_less_than_a_frame_is_no_text(recognizer: Recognizer, count: int) -> None:
    heard = recognizer.transcribe(np.zeros(count, np.int16))
    assert heard == Transcription("", (), heard.score, heard.acoustic, count / 16000)


def test_a_language_model_of_another_alphabet(taught: ModelFolder, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("größe\n" * 3, encoding="utf-8")
    build_language_model(BuildRequest(out=tmp_path / "lm", texts=(text,)), lambda line: None)
    with pytest.raises(MynaError, match="this language model was built for another alphabet than"):
        Recognizer(taught.path, tmp_path / "lm")


def test_a_language_model_that_is_damaged_inside(
    taught: ModelFolder,
    digits: Mapping[Path, str],
    tmp_path: Path,
    spoil_probability: Callable[[Path, str], None],
) -> None:
    text, package = tmp_path / "text.txt", tmp_path / "lm"
    text.write_text("".join(f"{digit}\n" for digit in digits.values()))
    build_language_model(
        BuildRequest(
            package, (text,), layout=Layout("probing"), alphabet=taught.path / "alphabet.txt"
        ),
        lambda line: None,
    )
    for digit in digits.values():
        spoil_probability(package, digit)
    broken = Recognizer(taught.path, package)
    with pytest.raises(MynaError, match=f"^{package}/lm.binary: the language model is damaged: it"):
        broken.transcribe(next(iter(digits)))


def test_a_model_that_says_nonsense(taught: ModelFolder, tmp_path: Path) -> None:
    weights = random_weights(GEOMETRY)
    weights["output/bias"][3] = np.nan
    model = ModelFolder(tmp_path, GEOMETRY, taught.features, ALPHABET, None)
    model.write(weights)
    with pytest.raises(MynaError, match=f"^{tmp_path}: what this model says cannot be decoded: "):
        Recognizer(tmp_path).transcribe(np.zeros(9000, np.int16))


def test_samples_of_another_kind_are_refused(recognizer: Recognizer) -> None:
    with pytest.raises(TypeError, match="samples must be float32"):
        recognizer.transcribe(np.zeros(9000))  # type: ignore[arg-type]
