"""Parameters of the simulators."""

from __future__ import annotations

from dataclasses import dataclass

from ...contract.declare import choice, folder_output, number, switch
from ...contract.params import Params

SIMULATED = ("composition", "abundance", "crops", "susceptibility", "forecast")
SAMPLE_PROJECTS = (*SIMULATED, "area")
DESIGNS = ("uniform", "clustered", "clustered_broadcast")


@dataclass(frozen=True)
class Simulation(Params):
    """Make a small world whose true shares are known."""

    family: str = choice(
        "composition",
        "Family",
        SIMULATED,
        help="composition: shares from single images. abundance: fractions from series. crops: classes from "
        "series. susceptibility: the probability of events from factors. forecast: yearly maps of an index.",
    )
    size: int = number(256, "Side in cells", low=64, help="Rows and columns of the rasters.")
    design: str = choice(
        "uniform",
        "Sampling design",
        DESIGNS,
        help="uniform: anywhere in settlements. clustered: around 60 centres. clustered_broadcast: clustered, and "
        "all samples of a unit carry the unit's mean, as in official statistics.",
    )
    gaps: float = number(0.3, "Gaps", low=0, below=1, help="Share of the values of a series that clouds hide.")
    settled_only: bool = switch(
        False,
        "Settlements only",
        help="Day and night have data in settlements only, where all samples are.",
    )
    seed: int = number(42, "Seed", low=0, help="The same seed gives the same world.")
    output_folder: str = folder_output("Output folder", help="Where the files go.")


@dataclass(frozen=True)
class SampleProject(Params):
    """Make a QGIS project with simulated data of one family."""

    family: str = choice(
        "composition",
        "Family",
        SAMPLE_PROJECTS,
        help="composition: shares from images. abundance: fractions from series. crops: classes from series. "
        "susceptibility: where landslides are likely. forecast: next year. area: an area with its error.",
    )
    folder: str = folder_output("Folder", help="Where project and data go. Files of an earlier project are replaced.")
