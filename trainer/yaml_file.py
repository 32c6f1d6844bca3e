"""YAML files that users write: what is wrong with one is said with its line."""

from pathlib import Path
from typing import Any

import yaml

from importers.errors import FormatError


def read_yaml(path: Path) -> Any:
    """The content of a file. Raises FormatError for one that is no YAML; OSError."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except UnicodeDecodeError:
        raise FormatError(f"{path}: not text in UTF-8") from None
    except RecursionError:
        raise FormatError(f"{path}: lists in lists, too deep to be read") from None
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise FormatError(f"{path}{line}: no YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:  # a ValueError for dates that there are not
        raise FormatError(f"{path}: no YAML: {' '.join(str(error).split())}") from None


class _Loader(yaml.SafeLoader):
    """Without objects of Python's; and where a key stands twice, neither is dropped in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        seen = set[str]()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"{key.value!r} stands there twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)
