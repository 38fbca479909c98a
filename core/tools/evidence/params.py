"""Parameters of the tools that tell what made models and maps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.declare import file_output, input_file, input_folder, number, raster, varied
from ...contract.layer import Layer
from ...contract.params import Params


@dataclass(frozen=True)
class ModelInspection(Params):
    """Show what a model file holds, or what a map says of itself."""

    model: str = input_file(
        "Model",
        "safetensors",
        optional=True,
        help="A model that one of the training tools has written.",
    )
    report: str = file_output(
        "Report", "html", optional=True, created=True, help="The page to write; the log says the same in short."
    )
    map: Layer = raster(
        "Map",
        optional=True,
        help="A map, instead of a model or beside it: what its file says is told.",
    )

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        if not self.model and not self.map:
            yield "Give a model, a map, or both."


@dataclass(frozen=True)
class MapVerification(Params):
    """Parameters of verifying a map by what it says of its making."""

    map: Layer = raster("Map", help="A raster that a mapping tool of Regionwise has written.")
    folder: str = input_folder(
        "Folder of the inputs",
        optional=True,
        help="Where the files lie that the map was made of, if they were moved.",
    )
    sample: int = number(1, "Tiles", low=0, help="So many tiles are made again; 0: only hashes are compared.")
    seed: int = number(42, "Seed", low=0, advanced=True, help="Which tiles are drawn.")
    report: str = varied(ModelInspection, "report")
