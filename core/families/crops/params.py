"""Parameters of the crops family: a class for each pixel or parcel from image series."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...contract.declare import choice, column, input_file, layer, layer_output, number, raster_output, text, varied
from ...contract.layer import Layer
from ...contract.learning_params import AUTO, MappingParams, SeriesLearningParams

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

    class_field: str = column("Class field", "samples", help="The field with the class: text, or whole numbers.")
    model_type: str = choice(
        AUTO,
        "Model type",
        CROP_TYPES,
        help="auto: trees, or the stack where a GPU or the time budget allows it. stack (tempcnn, ltae, boosting);"
        " convlstm; convlstm_reference (as published); tempcnn; ltae; boosting.",
    )
    patch: int = number(
        1,
        "Patch",
        low=1,
        odd=True,
        advanced=True,
        help="Side in cells of the square whose pixels answer together; an even number is taken one larger. 1: "
        "each pixel for itself. Needs a series.",
    )
    class_weights: str = choice(
        "none",
        "Class weights",
        CLASS_WEIGHTS,
        advanced=True,
        help="none: samples count alike. balanced: classes do. focal: what is still wrong counts most (networks only).",
    )
    width: int = number(
        64,
        "Width",
        low=8,
        advanced=True,
        help="Numbers of a network's layers; the published ConvLSTM has 64.",
    )
    epochs: int = number(60, "Epochs", low=1, advanced=True, help="At most so many passes over the training samples.")
    patience: int = number(
        60,
        "Patience",
        low=1,
        advanced=True,
        help="Stops after so many epochs without a better validation score, and keeps the best weights. A network "
        "that was not stopped is trained once more, with the validation samples, too.",
    )
    batch: int = number(64, "Batch", low=2, advanced=True, help="Samples per step.")
    learning_rate: float = number(
        0.003,
        "Learning rate",
        above=0,
        decimals=6,
        advanced=True,
        help="Largest step size of AdamW: it rises to this, and falls to 0 over the epochs.",
    )
    colours: str = text(
        "",
        "Class colours",
        optional=True,
        advanced=True,
        help="Of the classes on maps, as maize=#e69f00; rice=#0072b2. Empty: those of the samples' categories in "
        "QGIS, or else colours that are easy to tell apart.",
    )

    def colours_by_class(self) -> dict[str, str]:
        """The colours of classes by name, as ``#rrggbb``; raises `ValueError` for a text that tells none."""
        return parse_colours(self.colours)

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if self.patch > 1 and not self.series:
            yield f"Patch is {self.patch}, but a table of values holds single pixels; give a series, or Patch = 1."
        try:
            self.colours_by_class()
        except ValueError as err:
            yield str(err)
        yield from super().problems()


@dataclass(frozen=True)
class CropMapping(MappingParams):
    """Map classes from a series, for pixels and parcels."""

    series: str = input_file("Series", "json", help="A series of 'Make series'.")
    parcels: Layer = layer("Parcels", polygons=True, optional=True, help="Polygons that get a class each.")
    probabilities: str = raster_output(
        "Probabilities", optional=True, advanced=True, help="A band per class; they sum to 1."
    )
    confidence: str = raster_output("Confidence", optional=True, help="The probability of the mapped class.")
    parcel_output: str = layer_output(
        "Parcel classes",
        optional=True,
        help="The parcels with majority, share, confidence and number of pixels.",
    )
    model: str = varied(MappingParams, "model", help="The model of 'Train crops'.")
    output: str = raster_output("Classes", help="The number of the class, from 1 on.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        if self.parcel_output and not self.parcels:
            yield "Parcel output needs parcels; give the layer."
        if self.parcels and not self.parcel_output:
            yield "Parcels are given, but no Parcel output; say where it goes."
        yield from super().problems()
