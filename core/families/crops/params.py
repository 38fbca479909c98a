"""Parameters of the crops family: a class for each pixel or parcel from image series."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...contract.params import AUTO, NO_LAYER, Layer, MappingParams, SeriesLearningParams, at_least, given, one_of

CROP_TYPES = (AUTO, "stack", "convlstm", "convlstm_reference", "tempcnn", "ltae", "boosting")
CLASS_WEIGHTS = ("none", "balanced", "focal")
SEPARATOR, COLOUR = ";", re.compile("#[0-9a-fA-F]{6}")  # of colours of classes


def parse_colours(text: str) -> dict[str, str]:
    """The colours of classes in a text as ``maize=#e69f00; rice=#0072b2``, by name.

    Raises
    ------
    ValueError
        If a part tells no colour.
    """
    colours = {}
    for part in filter(str.strip, text.split(SEPARATOR)):
        name, _, colour = (piece.strip() for piece in part.rpartition("="))
        if not name or not COLOUR.fullmatch(colour):
            raise ValueError(f"Class colours hold '{part.strip()}'; write them as maize=#e69f00; rice=#0072b2.")
        colours[name] = colour.lower()
    return colours


def colours_text(colours: Mapping[str, str]) -> str:
    """The text that `parse_colours` reads, without classes whose name it could not."""
    return f"{SEPARATOR} ".join(f"{name}={colour}" for name, colour in colours.items() if SEPARATOR not in name)


@dataclass(frozen=True)
class CropTraining(SeriesLearningParams):
    """Train classes from image series, or from a table of values."""

    class_field: str = ""
    model_type: str = AUTO
    patch: int = 1
    class_weights: str = "none"
    width: int = 64
    epochs: int = 60
    patience: int = 60
    batch: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    colours: str = ""

    def colours_by_class(self) -> dict[str, str]:
        """The colours of classes by name, as ``#rrggbb``; raises `ValueError` for a text that tells none."""
        return parse_colours(self.colours)

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Class field", self.class_field)
        yield from one_of("Model type", self.model_type, CROP_TYPES)
        yield from one_of("Class weights", self.class_weights, CLASS_WEIGHTS)
        if self.patch < 1 or self.patch % 2 == 0:
            yield f"Patch is {self.patch}; give an odd number of cells, as 1, 5 or 9, so that it has a middle."
        if self.patch > 1 and not self.series:
            yield f"Patch is {self.patch}, but a table of values holds single pixels; give a series, or Patch = 1."
        yield from at_least("Width", self.width, 8)
        try:
            self.colours_by_class()
        except ValueError as err:
            yield str(err)
        yield from super().problems()


@dataclass(frozen=True)
class CropMapping(MappingParams):
    """Map classes from a series, for pixels and parcels."""

    series: str = ""
    parcels: Layer = NO_LAYER
    probabilities: str = ""
    confidence: str = ""
    parcel_output: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Series", self.series)
        if self.parcel_output and not self.parcels:
            yield "Parcel output needs parcels; give the layer."
        if self.parcels and not self.parcel_output:
            yield "Parcels are given, but no Parcel output; say where it goes."
        yield from super().problems()
