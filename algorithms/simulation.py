"""Simulate: a small world with known truth."""

from __future__ import annotations

from ..core.tools.simulation.params import Simulation
from .base import EngineAlgorithm


class Simulate(EngineAlgorithm):
    """Parameters of `regionwise:simulate`."""

    NAME = "simulate"
    GROUP = "Evaluation"
    PARAMS = Simulation
    ORDER = (
        "family",
        "size",
        "design",
        "settled_only",
        "gaps",
        "seed",
        "output_folder",
    )
