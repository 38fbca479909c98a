"""Recompute: tiles of a map made again from what its evidence names, and held against the map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.windows import Window

from ...contract.errors import RegionwiseError
from ...contract.learning_params import MappingParams
from ...data.raster.tiles import Tile, plan
from ...mapping.evidence.map_evidence import Evidence, with_folders
from ...mapping.evidence.stac_item import computing_of
from ...mapping.mosaic import Mosaic
from ...mapping.tile_pipeline import Maker
from ...runtime.run import Run
from ...runtime.types import Floats
from ...workflow.map_model import MapJob, MapSpec

SIDE = 256  # cells of a tile: maps are the same whatever their tiles, but for the last digits of networks
MAPS = {  # class of parameters -> module of the family that maps by them
    "CompositionMapping": "composition",
    "AbundanceMapping": "abundance",
    "CropMapping": "crops",
    "SusceptibilityMapping": "susceptibility",
    "ForecastMapping": "forecast",
}


@dataclass(frozen=True)
class TileCheck:
    """A tile that was made again.

    Parameters
    ----------
    known : int
        Cells with data.
    differing : int
        Numbers that are not the same, to the last bit, a missing one beside a known one included.
    largest : float
        The largest difference; infinite where one has a number and the other none.
    """

    tile: Tile
    known: int
    differing: int
    largest: float


def recomputed(
    raster: Path, evidence: Evidence, paths: Sequence[str], count: int, seed: int, run: Run
) -> Iterator[TileCheck]:
    """Yield so many tiles of a map, made again from the files at `paths`.

    Tiles without data in the map and in what is made again do not count.

    Raises
    ------
    RegionwiseError
        If the evidence is of a task that maps nothing here.
    """
    spec, params = _spec(evidence, paths)
    models, stack = spec.open(params)
    with stack:
        job = spec.prepare(params, models, stack, _device(evidence, run), run.channel)
        computing = computing_of(raster)
        _settle(job, computing.get("choice", evidence.backend))
        tiles = list(plan(job.area, computing.get("side", SIDE)))
        order = np.random.default_rng(seed).permutation(len(tiles))
        found = 0
        for number in order:
            if found == count:
                return
            checked = _check(raster, job, evidence.product, tiles[number])
            run.channel.progress(found / max(count, 1), "Making tiles again")
            if checked.known or checked.differing:
                found += 1
                yield checked


def _spec(evidence: Evidence, paths: Sequence[str]) -> tuple[MapSpec, MappingParams]:
    """How the family maps, and the parameters of the map."""
    family = MAPS.get(evidence.task)
    if family is None:
        raise RegionwiseError(f"The map was made by '{evidence.task}', which this version does not know.")
    home = f"{__name__.rsplit('.', 3)[0]}.families.{family}"
    module, classes = import_module(f"{home}.map"), import_module(f"{home}.params")
    params: MappingParams = getattr(classes, evidence.task).from_json(with_folders(evidence.params, paths))
    spec: MapSpec = module.SPEC
    return spec, params


def _settle(job: MapJob, choice: Mapping[str, Any]) -> None:
    """Let networks compute as they did."""
    if choice:
        from ...inference.backend_choice import Choice

        job.use(Choice(**choice))


def _device(evidence: Evidence, run: Run) -> str:
    """The device of the map, or the processor where there is none of its kind."""
    if evidence.device != "cuda":
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    run.channel.warning("The map was made on a GPU, and there is none here: its last digits will differ.")
    return "cpu"


def _check(raster: Path, job: MapJob, product: str, tile: Tile) -> TileCheck:
    """A tile of the map beside the same tile made again."""
    layouts = job.layouts
    maker = Maker(job.source.bands, job.source.groups, job.halo, job.predict(layouts), lambda *_: b"")
    with job.stack.reopened() as source:
        valid, answer = maker.answer(tile, source.read(tile.padded(job.halo)))
    layout, first = Mosaic(Path(), job.stack.grid, job.area, layouts).outputs(Path("folder"))[product]
    made: Floats = np.full((len(layout.bands), tile.height, tile.width), np.nan, np.float32)
    if answer:
        values = np.concatenate([answer[key] for key in layouts])
        made[:, valid] = values[first - 1 : first - 1 + len(layout.bands)]
    stored = _stored(raster, job.area, tile)
    both = np.isfinite(made) & np.isfinite(stored)
    gap = np.abs(made[both].astype(np.float64) - stored[both])
    lacking = int((np.isfinite(made) != np.isfinite(stored)).sum())
    largest = np.inf if lacking else float(gap.max(initial=0.0))
    return TileCheck(tile, int(np.isfinite(stored).any(0).sum()), int((gap > 0).sum()) + lacking, largest)


def _stored(raster: Path, area: Tile, tile: Tile) -> Any:
    """The numbers of the map in a tile, NaN where it has none."""
    window = Window(tile.col - area.col, tile.row - area.row, tile.width, tile.height)
    with rasterio.open(raster) as file:
        return file.read(window=window, masked=True).astype(np.float32).filled(np.nan)
