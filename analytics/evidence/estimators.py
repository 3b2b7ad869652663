"""The estimators of claims: their packages, the versions installed, the published method."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from analytics.declared import read_yaml

PATH = Path(__file__).parents[2] / "data" / "reference" / "estimators.yaml"


class Estimator(BaseModel):
    """One entry of ``data/reference/estimators.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    packages: tuple[str, ...]
    reference: str
    url: str | None = None

    @property
    def installed(self) -> str:
        """``diff-diff 3.13.0, csdid 0.4.3``; a package that is not here is named alone."""
        return ", ".join(f"{name} {_version(name)}".strip() for name in self.packages)


@cache
def estimators() -> dict[str, Estimator]:
    """Every estimator by id, in the order of the file."""
    found = [Estimator.model_validate(entry) for entry in read_yaml(PATH)]
    return {one.id: one for one in found}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
