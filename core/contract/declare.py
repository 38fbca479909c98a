"""Declarations: what a parameter is called, means and may be, as metadata of its field in the dataclass.

Dialogs, range checks, the command line, the documentation and the list of frozen names read them here; what
must hold between several parameters stands in the `problems` of their dataclass.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .layer import NO_LAYER

KEY = "declared"


@dataclass(frozen=True)
class Declared:
    """A parameter.

    Parameters
    ----------
    kind : str
        The name of the function below that declares it.
    label : str
        That users read, without the unit.
    help : str
        One or two sentences.
    unit : str
        Of a number.
    advanced : bool
        Whether it is shown on demand only.
    optional : bool
        Whether it may be left empty.
    low, high : float, optional
        The smallest and the largest number.
    above, below : float, optional
        Between these lies a number, itself neither of them.
    automatic : float, optional
        The number that stands for "not set", which users never see.
    decimals : int
        Of a number as it is shown.
    multiple : int
        A whole number is taken up to the next multiple of it.
    odd : bool
        A whole number is taken up to the next odd one.
    choices : tuple of str
        The texts to choose from.
    of : str
        The parameter with the layer whose fields are meant. Of a text: the parameters, with blanks between, with
        layers or rasters whose fields, or names, may be meant.
    several : bool
        Whether a text may name more than one of them.
    numeric : bool
        Whether fields hold numbers.
    polygons : bool
        Whether a layer has polygons only.
    ending : str
        Of a file, without the dot; empty for any.
    created : bool
        Whether an optional output is written unless the user declines.
    """

    kind: str
    label: str
    help: str = ""
    unit: str = ""
    advanced: bool = False
    optional: bool = False
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    automatic: float | None = None
    decimals: int = 2
    multiple: int = 1
    odd: bool = False
    choices: tuple[str, ...] = ()
    of: str = ""
    several: bool = False
    numeric: bool = False
    polygons: bool = False
    ending: str = ""
    created: bool = False

    @property
    def is_output(self) -> bool:
        """Whether the parameter names something that is written."""
        return self.kind.endswith("_output")

    @property
    def title(self) -> str:
        """The label with its unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def problems(self, value: Any) -> Iterator[str]:
        """Yield a sentence if `value` alone cannot be used."""
        if self.choices and value not in self.choices:
            yield f"{self.label} is '{value}'; choose one of: {', '.join(filter(None, self.choices))}."
        if self.kind == "number":
            yield from self._number_problems(value)
        elif not self.optional and self.kind not in ("choice", "switch") and not value:
            yield f"{self.label} is missing; choose a value."

    def _number_problems(self, value: float) -> Iterator[str]:
        if self._is_automatic(value):
            return
        unit = f" {self.unit}" if self.unit else ""
        for holds, words, bound in (
            (operator.ge, "at least", self.low),
            (operator.gt, "greater than", self.above),
            (operator.le, "at most", self.high),
            (operator.lt, "below", self.below),
        ):
            if bound is not None and not holds(value, bound):
                yield f"{self.label} is {value:g}; it must be {words} {bound:g}{unit}."

    def _is_automatic(self, value: float) -> bool:
        """Whether `value` is the number for "not set", or one between it and the numbers that mean something."""
        if self.automatic is None:
            return False
        least = self.above if self.low is None else self.low
        return value == self.automatic or (least is not None and self.automatic < value < least)

    def settled(self, value: Any) -> Any:
        """`value` as it is computed with: a whole number as a multiple, or odd, where it has to be."""
        if self.kind == "number" and self._is_automatic(value):
            return self.automatic
        if self.multiple > 1 and value % self.multiple:
            return value + self.multiple - value % self.multiple
        return value + 1 if self.odd and value % 2 == 0 else value


def declared(params: type) -> dict[str, Declared]:
    """The declarations of a dataclass by name of its fields, in their order."""
    return {field.name: field.metadata[KEY] for field in dataclasses.fields(params) if KEY in field.metadata}


def _field(default: Any, *args: Any, **facts: Any) -> Any:
    return dataclasses.field(default=default, metadata={KEY: Declared(*args, **facts)})


def number(default: float, label: str, **facts: Any) -> Any:
    """A number, whole if `default` is."""
    return _field(default, "number", label, **facts)


def switch(default: bool, label: str, **facts: Any) -> Any:
    """Yes or no."""
    return _field(default, "switch", label, **facts)


def choice(default: str, label: str, choices: tuple[str, ...], **facts: Any) -> Any:
    """One of several texts."""
    return _field(default, "choice", label, choices=choices, **facts)


def text(default: str, label: str, **facts: Any) -> Any:
    """A line of text."""
    return _field(default, "text", label, **facts)


def layer(label: str, **facts: Any) -> Any:
    """A vector layer or table."""
    return _field(NO_LAYER, "layer", label, **facts)


def layers(label: str, **facts: Any) -> Any:
    """Several vector layers or tables."""
    return _field((), "layers", label, **facts)


def raster(label: str, **facts: Any) -> Any:
    """A raster layer."""
    return _field(NO_LAYER, "raster", label, **facts)


def rasters(label: str, **facts: Any) -> Any:
    """One or more raster layers."""
    return _field((), "rasters", label, **facts)


def map_layer(label: str, **facts: Any) -> Any:
    """A raster or a layer of polygons."""
    return _field(NO_LAYER, "map_layer", label, **facts)


def column(label: str, of: str, default: str = "", **facts: Any) -> Any:
    """A field of the layer in parameter `of`."""
    return _field(default, "field", label, of=of, **facts)


def columns(label: str, of: str, **facts: Any) -> Any:
    """One or more fields of the layer in parameter `of`."""
    return _field((), "fields", label, of=of, **facts)


def input_file(label: str, ending: str = "", **facts: Any) -> Any:
    """A file that is read."""
    return _field("", "file", label, ending=ending, **facts)


def input_files(label: str, **facts: Any) -> Any:
    """One or more files that are read."""
    return _field((), "files", label, **facts)


def input_folder(label: str, **facts: Any) -> Any:
    """A folder that is read."""
    return _field("", "folder", label, **facts)


def rectangle(label: str, **facts: Any) -> Any:
    """A rectangle with its CRS."""
    return _field("", "extent", label, **facts)


def reference_system(default: str, label: str, **facts: Any) -> Any:
    """A coordinate reference system."""
    return _field(default, "crs", label, **facts)


def login(label: str, **facts: Any) -> Any:
    """An authentication configuration of QGIS."""
    return _field("", "login", label, **facts)


def raster_output(label: str, **facts: Any) -> Any:
    """A raster that is written."""
    return _field("", "raster_output", label, **facts)


def virtual_output(label: str, **facts: Any) -> Any:
    """A virtual raster that is written."""
    return _field("", "virtual_output", label, **facts)


def layer_output(label: str, **facts: Any) -> Any:
    """A vector layer or table that is written."""
    return _field("", "layer_output", label, **facts)


def file_output(label: str, ending: str, **facts: Any) -> Any:
    """A file that is written."""
    return _field("", "file_output", label, ending=ending, **facts)


def folder_output(label: str, **facts: Any) -> Any:
    """A folder that is written."""
    return _field("", "folder_output", label, **facts)


def varied(params: type, name: str, **facts: Any) -> Any:
    """The field `name` of another dataclass, but for some `facts`; its default is `default`, if that is among them."""
    field = next(field for field in dataclasses.fields(params) if field.name == name)
    default = facts.pop("default", field.default)
    return dataclasses.field(default=default, metadata={KEY: dataclasses.replace(field.metadata[KEY], **facts)})
