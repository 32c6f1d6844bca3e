"""The one home of Myna's metadata. How the compiled part is built: tools/native_build.py."""

import ast
import os
import sys
from pathlib import Path

from setuptools import Extension, find_packages, setup

ROOT = Path(__file__).resolve().parent
os.chdir(ROOT)
sys.path.insert(0, str(ROOT))  # build front ends do not put the folder of setup.py on the path

from tools.fetch_kenlm import FOLDER as KENLM  # noqa: E402
from tools.fetch_kenlm import FetchError, ensure_kenlm  # noqa: E402
from tools.native_build import BuildFresh, BuildNative  # noqa: E402

PACKAGES = ["importers", "lm", "native", "pipelines", "trainer", "validation_app"]

# The base is what recognition and a worker need; everything else is an extra.
INSTALL_REQUIRES = ["numpy>=2.0,<3", "soundfile>=0.13,<1", "tqdm>=4.66,<5"]
# What language models unpack their text with.
LM = [
    "isal>=1.7,<2",  # gzip, at three quarters of zlib's cost
    "zstandard>=0.23,<1",
]
# What settings of decoding are found with, and shown.
TUNING = [*LM, "matplotlib>=3.10,<4", "optuna>=5.0,<6"]
PIPELINES = [
    *LM,  # archives are gzipped too, and produce-model makes a language model
    "apache-beam>=2.77,<2.78",
    # Audio that libsndfile does not know; pydub needs what Python 3.13 took out.
    "pydub>=0.25.1,<1",
    "audioop-lts>=0.2,<1; python_version >= '3.13'",
    "requests>=2.32,<3",  # downloads
]
# What a model is run with: small, without TensorFlow.
RECOGNITION = ["onnxruntime>=1.31,<2"]
# Models of LiteRT are run with it, and each is tried when it is made.
LITERT = ["ai-edge-litert>=2.1,<3"]
TRAINING = [
    "keras>=3.15,<3.16",
    "matplotlib>=3.10,<4",  # curves.png
    "onnx>=1.23,<2",
    "pydantic>=2.14,<3",
    "pyyaml>=6,<7",
]
# Alternatives: what Keras computes on (KERAS_BACKEND).
TRAINER = [*TRAINING, *LITERT, "tensorflow-cpu>=2.21,<2.22"]
TRAINER_JAX = [*TRAINING, "jax>=0.9,<1"]
TRAINER_TORCH = [*TRAINING, "torch>=2.13,<3"]
# The validation app; it makes MP3s with pydub (ffmpeg).
WEB = [
    *LM,  # releases and corpora are gzipped tars
    "alembic>=1.20,<2",
    "audioop-lts>=0.2,<1; python_version >= '3.13'",
    "fastapi>=0.163,<1",
    "itsdangerous>=2.2,<3",
    "jinja2>=3.1,<4",
    "pydub>=0.25.1,<1",
    "sqlalchemy>=2.1,<2.2",
    "uvicorn>=0.54,<1",
]
TEST = [
    "hypothesis>=6.150,<7",
    "pytest>=9.0,<10",
    "pytest-timeout>=2.3,<3",
    "pytest-xdist>=3.8,<4",
]
DEV = [
    *TEST,
    *TUNING,
    *WEB,
    "axe-playwright-python>=0.1.8,<1",  # axe-core, for the pages of the validation app
    "build>=1.2,<2",
    "espeakng-loader>=0.2.4,<0.3",  # the voices of the sample corpus
    "httpx>=0.28,<1",  # what FastAPI's test client is made of
    "kenlm==0.3.0",  # oracle for native/language_model.py
    "mypy>=2.4,<2.5",
    "playwright>=1.65,<2",  # drives Debian's Chromium
    "pybind11>=3.0,<4",
    "ruff>=0.17.5,<0.18",
    "setuptools>=77",
    "sox>=1.5,<2",  # peer in benchmarks/import_speed.py
    "soxr>=1.0,<2",  # oracle for the resampler
    "types-pyyaml>=6",
    "types-setuptools>=80",
]

LICENSES = ["LICENSE", "NOTICE"]
KENLM_LICENSES = ["LICENSE", "COPYING*", "util/double-conversion/LICENSE"]
# Commands that put KenLM's sources, its objects or its licences into what they make.
NEED_KENLM = {
    "bdist_wheel",
    "build",
    "build_ext",
    "develop",
    "dist_info",
    "editable_wheel",
    "install",
    "sdist",
}


def corpus_names(folder: Path) -> list[str]:
    """The names in `INFO = CorpusInfo(name="...", ...)` of the corpus files in `folder`.

    They are read, not imported: while building, the packages that they import may be absent.
    """
    names = []
    for file in sorted(folder.glob("*.py")):
        for statement in ast.parse(file.read_text(encoding="utf-8")).body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id="INFO")], value=ast.Call(keywords=keywords))
                    | ast.AnnAssign(target=ast.Name(id="INFO"), value=ast.Call(keywords=keywords))
                ):
                    names += [ast.literal_eval(k.value) for k in keywords if k.arg == "name"]
    return names


def console_scripts() -> list[str]:
    """Every command of Myna, those of the corpora included."""
    imports = [f"import-{name}" for name in ["corpus", *corpus_names(Path("importers/corpora"))]]
    return [
        *(f"{command} = pipelines.import_command:main" for command in imports),
        "build-lm = lm.build_command:main",
        "count-words = pipelines.count_words_command:main",
        "lm-perplexity = lm.perplexity_command:main",
        "tune-lm = lm.tune_command:main",
        "train-model = trainer.train_command:main",
        "evaluate-model = trainer.evaluate_command:main",
        "export-model = trainer.export_command:main",
        "transcribe = trainer.transcribe_command:main",
        "produce-model = pipelines.produce_command:main",
        "validation-app = validation_app.command:main",
    ]


if NEED_KENLM.intersection(sys.argv[1:]):
    try:
        ensure_kenlm(ROOT)
    except FetchError as error:
        sys.exit(f"setup.py: {error}")
    LICENSES += [f"{KENLM}/{name}" for name in KENLM_LICENSES]

setup(
    name="myna-speech",
    version="0.1.0",
    description="From donated voices to a working speech model on your own machine",
    license_expression="Apache-2.0",
    license_files=LICENSES,
    classifiers=[
        # The packages have plain names, made for this application: not for a public index.
        "Private :: Do Not Upload",
        "Programming Language :: Python :: 3",
        "Programming Language :: C++",
        "Operating System :: POSIX :: Linux",
        "Topic :: Multimedia :: Sound/Audio :: Speech",
    ],
    python_requires=">=3.11,<3.14",
    install_requires=INSTALL_REQUIRES,
    extras_require={
        "lm": LM,
        "tuning": TUNING,
        "pipelines": PIPELINES,
        "recognition": RECOGNITION,
        "litert": LITERT,
        "trainer": TRAINER,
        "trainer-jax": TRAINER_JAX,
        "trainer-torch": TRAINER_TORCH,
        "web": WEB,
        "test": TEST,
        "dev": DEV,
    },
    packages=find_packages(include=[pattern for p in PACKAGES for pattern in (p, f"{p}.*")]),
    package_dir={"": "."},  # makes an editable install a plain path, which mypy can follow
    package_data={
        "": ["py.typed", "*.pyi"],
        "native": ["include/*.h"],
        "trainer": ["presets/*.yaml"],
        "validation_app": ["pages/templates/*.html", "pages/static/**/*"],
    },
    include_package_data=False,
    ext_modules=[Extension("native._native", sources=[], language="c++")],
    cmdclass={"build": BuildFresh, "build_ext": BuildNative},
    entry_points={"console_scripts": console_scripts()},
    # Not build/ itself: setuptools keeps that out of the sdist, where KenLM's sources must be.
    options={"build": {"build_base": "build/python"}},
    zip_safe=False,
)
