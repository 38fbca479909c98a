"""Parameters of the tools that join places with tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.declare import (
    choice,
    column,
    columns,
    input_file,
    layer,
    layer_output,
    number,
)
from ...contract.layer import Layer
from ...contract.params import Params, target_problems
from ...families.composition.params import REGION_PRESETS


@dataclass(frozen=True)
class PlaceMatching(Params):
    """Find the official code of each place by its name and its county or city."""

    input: Layer = layer("Places", help="Table or layer with names and codes of counties.")
    name_field: str = column("Name field", "input", help="The place's name.")
    county_field: str = column("County field", "input", help="Code of the county.")
    city_field: str = column(
        "City field",
        "input",
        optional=True,
        advanced=True,
        help="Code of the city. Empty: the start of the county's code.",
    )
    reference: Layer = layer("Official places", help="Table or layer with official names and codes.")
    reference_name_field: str = column("Official name field", "reference", help="The official name.")
    reference_code_field: str = column("Official code field", "reference", help="The code to find.")
    reference_county_field: str = column("Official county field", "reference", help="Code of the county.")
    reference_city_field: str = column(
        "Official city field",
        "reference",
        optional=True,
        advanced=True,
        help="Code of the city. Empty: the start of the county's code.",
    )
    county_digits: int = number(
        6,
        "County digits",
        low=0,
        advanced=True,
        help="Digits of a county's code; 0: the whole code.",
    )
    city_digits: int = number(
        4,
        "City digits",
        low=0,
        advanced=True,
        help="Digits of a city's code; 0: the whole code.",
    )
    rules: str = input_file(
        "Suffix rules",
        "csv",
        optional=True,
        advanced=True,
        help="Table with a column 'suffix', tried in order. Empty: those of Chinese townships "
        "(resources/place_suffixes.csv, to copy and edit).",
    )
    threshold: float = number(
        0.0,
        "Fuzzy threshold",
        low=0,
        automatic=0.0,
        optional=True,
        high=100,
        help="Least similarity in the fuzzy round, 100 is equal. Not set: no fuzzy round.",
    )
    output: str = layer_output("Matched places", help="Matched rows with code, round and score.")
    unmatched: str = layer_output("Unmatched places", optional=True, help="The other rows with the reason.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        if not self.city_digits and not (self.city_field and self.reference_city_field):
            yield "City digits are 0, so both city fields are needed; name them, or give the digits of a city code."


@dataclass(frozen=True)
class PlaceClassification(Params):
    """Give each place a class by keywords in its name."""

    input: Layer = layer("Places", help="Table or layer with names.")
    field: str = column("Name field", "input", help="The name that the keywords are searched in.")
    rules: str = input_file("Rules", "csv", optional=True, help="Table of rules. Empty: those built in.")
    output: str = layer_output("Classified places", help="All rows with class and keyword.")
    undecided: str = layer_output("Undecided places", optional=True, help="Rows that no rule decides.")


@dataclass(frozen=True)
class SampleMaking(Params):
    """Join shares with places into a layer of samples."""

    input: Layer = layer("Table of shares", help="Table or layer with a field for each component.")
    targets: tuple[str, ...] = columns(
        "Targets",
        "input",
        numeric=True,
        help="The fields of the components; each row sums to 1 or to 100.",
    )
    id_field: str = column("ID field", "input", optional=True, help="The unit's id. Empty: the row's number.")
    polygons: Layer = layer("Polygons", polygons=True, optional=True, help="Outlines of the units.")
    polygon_id_field: str = column(
        "ID field of the polygons",
        "polygons",
        optional=True,
        help="Holds the same ids as the table.",
    )
    longitude_field: str = column("Longitude field", "input", optional=True, help="Degrees east, WGS 84.")
    latitude_field: str = column("Latitude field", "input", optional=True, help="Degrees north, WGS 84.")
    source_field: str = column(
        "Source field",
        "input",
        optional=True,
        help="The survey unit a label comes from. Empty: every row is its own.",
    )
    region_field: str = column(
        "Region field", "input", optional=True, advanced=True, help="Name of the region or province."
    )
    region_preset: str = choice(
        "none",
        "Region preset",
        REGION_PRESETS,
        advanced=True,
        help="china: the region field holds provinces, which are put together into six macro-regions.",
    )
    output: str = layer_output("Samples", help="One feature per row, GeoPackage or shapefile.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        yield from target_problems(self.targets)
        if bool(self.longitude_field) != bool(self.latitude_field):
            yield "Longitude and latitude field belong together; give both or neither."
        if self.polygons and not (self.id_field and self.polygon_id_field):
            yield "Polygons are joined by id; choose the ID field of the table and that of the polygons."
        if self.region_preset != "none" and not self.region_field:
            yield "A region preset translates the names in a region field; choose that field."
