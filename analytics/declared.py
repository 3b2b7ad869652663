"""Reading what is declared in YAML: indicators, dictionary, catalogues, mappings, thresholds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# libyaml reads the dictionary seven times as fast; wheels without it still work.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file as plain Python values.

    Raises:
        yaml.YAMLError: when it is not YAML.
    """
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
