"""Versions of the packages that compute, read without importing them."""

from __future__ import annotations

import importlib.metadata
import platform

PACKAGES = {  # name -> distributions that may provide it
    "torch": ("torch",),
    "xgboost": ("xgboost", "xgboost-cpu"),
    "numpy": ("numpy",),
    "rasterio": ("rasterio",),
    "scipy": ("scipy",),
}


def version_of(distributions: tuple[str, ...]) -> str:
    """The version of the first of `distributions` that is installed, or an empty text."""
    for name in distributions:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that compute."""
    installed = {name: version_of(distributions) for name, distributions in PACKAGES.items()}
    return {"python": platform.python_version(), **{name: text for name, text in installed.items() if text}}
