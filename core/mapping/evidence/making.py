"""Making: collects what a map is made of while it is made, and writes it beside the finished rasters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ...contract.learning_params import MappingParams
from ...data.raster.stack import raster_files
from ...learning.card import Card
from ...learning.model_file import Model
from ..mosaic import Layout
from .file_hashes import Hashing
from .layer_metadata import write_metadata
from .map_evidence import Evidence, files_in, model_evidence, without_folders
from .stac_item import write_map_item


class Making:
    """A map in the making; its files are hashed in a thread of their own, beside the tiles.

    Parameters
    ----------
    inputs : iterable of str
        Files that are read, besides those that `params` name.
    outputs : sequence of str
        Paths that are written.
    models : sequence of (str, Card)
        Paths and cards of the models.
    backend : mapping
        How networks are computed.
    computing : mapping
        See `stac_item.write_map_item`.
    """

    def __init__(
        self,
        params: MappingParams,
        inputs: Iterable[str],
        outputs: Sequence[str],
        models: Sequence[tuple[str, Card]],
        device: str,
        backend: Mapping[str, Any],
        computing: Mapping[str, Any],
    ) -> None:
        self._computing = computing
        values = params.to_json()
        read = [*files_in(values, outputs), *inputs]
        self.paths = list(dict.fromkeys(raster_files(path for path in read if path)))
        self._hashing = Hashing(self.paths)
        self._values, self._models = without_folders(values, self.paths, outputs), models
        self._evidence = Evidence(type(params).__name__, self._values, "", [], [], device, dict(backend))

    @cached_property
    def _whole(self) -> Evidence:
        """The evidence of all products, once the files are hashed."""
        hashed = self._hashing.result()
        models = [model_evidence(card, self.paths.index(path)) for path, card in self._models]
        return replace(self._evidence, files=[hashed[path] for path in self.paths], models=models)

    def of(self, product: str) -> Evidence:
        """The evidence of one raster of the run."""
        return replace(self._whole, product=product)

    def tags(self, product: str) -> dict[str, str]:
        """The tags of one raster of the run."""
        return self.of(product).to_tag()

    def write(self, outputs: Mapping[str, Layout]) -> None:
        """Write a STAC item and the metadata of QGIS beside each finished raster, by its product."""
        for product, layout in outputs.items():
            if layout.path:
                raster = Path(layout.path)
                write_map_item(raster, self.of(product), self.paths, self._computing)
                write_metadata(raster, layout.description, self.of(product))


def making_of(
    params: MappingParams,
    inputs: Iterable[str],
    models: Sequence[Model],
    outputs: Mapping[str, Layout],
    device: str,
    computing: Mapping[str, Any],
) -> Making:
    """The making of the map that `params` ask for; `outputs` are its rasters by product."""
    paths = filter(None, [params.model, getattr(params, "regional_model", "")])
    known = list(zip(paths, [model.card for model in models], strict=True))
    choice = computing.get("choice", {})
    backend = {name: choice[name] for name in ("backend", "fast") if name in choice}
    return Making(params, inputs, [layout.path for layout in outputs.values()], known, device, backend, computing)
