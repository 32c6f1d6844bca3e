"""Finds the corpora: every module in importers/corpora is one, its presence is its registration."""

import importlib
import pkgutil
import sys
from typing import cast

from importers import corpora
from importers.corpus import Corpus
from importers.errors import UsageError


def all_corpora() -> dict[str, Corpus]:
    """Every corpus by its INFO.name, sorted.

    Raises UsageError for a file without the seam, and for two corpora of one name.
    """
    found: dict[str, Corpus] = {}
    for module_info in pkgutil.iter_modules(corpora.__path__):
        module = importlib.import_module(f"{corpora.__name__}.{module_info.name}")
        if not isinstance(module, Corpus):
            raise UsageError(f"{module.__file__}: a corpus needs INFO and read(root, options)")
        if module.INFO.name in found:
            other = sys.modules[found[module.INFO.name].read.__module__].__file__
            raise UsageError(f"{module.__file__}: {other} is called {module.INFO.name!r} already")
        found[module.INFO.name] = cast(Corpus, module)
    return dict(sorted(found.items()))


def load(name: str) -> Corpus:
    """The corpus called ``name``. Raises UsageError naming the known ones."""
    known = all_corpora()
    if name not in known:
        raise UsageError(f"no corpus is called {name!r}; there are: {', '.join(known)}")
    return known[name]
