"""YAML files of settings, as strict as the rest: every key is given once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from anybokeh.errors import InputError

_MERGE = "tag:yaml.org,2002:merge"
_LARGEST = 1 << 20


def read_yaml(path: Path) -> Any:
    """The content of a YAML file.

    Raises:
        InputError: it cannot be read, is larger than a megabyte, or a key is given twice.
    """
    import yaml

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            keys = [key.value for key, _ in node.value if key.tag != _MERGE]
            double = next((key for number, key in enumerate(keys) if key in keys[:number]), None)
            if double is not None:
                line = node.start_mark.line + 1
                raise InputError(f"{path}: {double} is given twice in what begins at line {line}; keep one")
            return super().construct_mapping(node, deep)

    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path}: is larger than a megabyte; give a YAML file of settings")
        return yaml.load(path.read_text(encoding="utf-8"), Loader)
    except InputError:
        raise
    # besides its own errors, values such as dates that do not exist, and nesting without end
    except (OSError, yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: cannot be read ({reason}); give a YAML file of settings") from None
