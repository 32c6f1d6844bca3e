"""Builds and describes Myna."""

from pathlib import Path

import pybind11
from setuptools import Extension, find_packages, setup

SOURCES = sorted(str(p) for p in Path("native/src").glob("*.cc"))
setup(
    name="myna-speech",
    version="0.1.0",
    packages=find_packages(
        include=["native*", "importers*", "lm*", "trainer*", "pipelines*", "validation_app*"]
    ),
    ext_modules=[
        Extension(
            "native._native",
            SOURCES,
            include_dirs=[pybind11.get_include(), "native/src"],
            language="c++",
            extra_compile_args=["-std=c++17", "-O3", "-fvisibility=hidden"],
        )
    ],
)
