"""What the benchmarks on speed share: the reference's network, model files, and scenes to map."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import torch
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.layer import Layer
from regionwise.core.contract.protocol import Channel, Settings
from regionwise.core.data.raster.grids import Grid, raster_profile
from regionwise.core.families.composition.map import map_composition
from regionwise.core.families.composition.params import CompositionMapping
from regionwise.core.learning.card import BandInfo, Card, Member
from regionwise.core.learning.model_file import Model, write_model
from regionwise.core.learning.training_loop import to_arrays
from regionwise.core.nets.resnet import CompositionNet, pad
from regionwise.core.runtime.run import Run
from scipy import ndimage
from shapely.geometry import box

BLOCKS = (3, 3, 5)
DAY, NIGHT = ("RED", "GREEN", "BLUE", "NIR", "SWIR1", "SWIR2", "TEMP1"), "VIIRS"
COMPONENTS = ["F", "F_NF", "NF_F", "NF"]
# of the six regions, as the reference weighs global and regional model
WEIGHTS = {"NW": (0.4, 0.6), "E": (0.5, 0.5), "CS": (0.65, 0.35), "NE": (0.8, 0.2), "SW": (0.8, 0.2), "N": (1.0, 0.0)}
CELL = 90.0


def network(
    seed: int = 0, *, padded: bool = False, width: int = 64, blocks: tuple[int, int, int] = BLOCKS
) -> CompositionNet:
    """The reference's network (929,796 parameters), or a smaller one, with fixed random weights."""
    torch.manual_seed(seed)
    net = CompositionNet(len(DAY), 1, 4, width=width, blocks=blocks, head="dirichlet_one")
    return pad(net) if padded else net


def write_members(
    path: Path, kind: str, regions: list[str], width: int = 64, blocks: tuple[int, int, int] = BLOCKS
) -> str:
    """Write a model with one network per region (an empty name stands for everywhere)."""
    members, tensors = [], {}
    for number, region in enumerate(regions):
        name = f"{kind} {region or number}"
        members.append(Member(name, kind, region=region))
        scaling = {"scaling.mean": np.zeros(8, np.float32), "scaling.std": np.ones(8, np.float32)}
        net = network(number + (kind == "within"), width=width, blocks=blocks)
        tensors[name] = {**to_arrays(net.state_dict()), **scaling}
    arguments = {"day_channels": 7, "night_channels": 1, "components": 4, "width": width, "blocks": list(blocks)}
    description = {"arguments": {**arguments, "head": "dirichlet_one"}, "sensors": [7, 1], "mask_channel": False}
    bands = [*(BandInfo(name, "day") for name in DAY), BandInfo(NIGHT, "night")]
    networks = {"network": description}
    card = Card("composition", networks, bands, COMPONENTS, members, "", CELL, [], {}, [], "", {}, regions)
    write_model(str(path), Model(card, tensors))
    return str(path)


def valid_cells(side: int, pattern: str) -> np.ndarray:
    """The cells of a scene with data: ``full``, ``half`` (land and water of some ten km), ``villages`` (a tenth)."""
    rng = np.random.default_rng(1)
    if pattern == "full":
        return np.ones((side, side), bool)
    if pattern == "half":
        field = ndimage.zoom(ndimage.gaussian_filter(rng.normal(size=(side // 8, side // 8)), 12), 8, order=1)
        return field >= np.median(field)
    field = ndimage.gaussian_filter(rng.normal(size=(side, side)), 10)
    return field >= np.quantile(field, 0.9)


def write_scene(folder: Path, side: int, pattern: str) -> CompositionMapping:
    """Write rasters, six regions, their weights and the models; return the parameters that map them."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    grid = Grid(CRS.from_epsg(3358), Affine(CELL, 0, 0, 0, -CELL, 0), side, side)
    valid = valid_cells(side, pattern)
    for name, bands in (("day", DAY), ("night", (NIGHT,))):
        with rasterio.open(folder / f"{name}.tif", "w", **raster_profile(grid, grid.area, len(bands))) as file:
            for number in range(len(bands)):  # band by band: a large scene does not fit into memory
                values = rng.standard_normal((side, side), np.float32)
                if name == "day":
                    values[~valid] = np.nan
                file.write(values, number + 1)
            file.descriptions = bands
    wide, high = side * CELL / 3, side * CELL / 2
    boxes = [box(i * wide, -(j + 1) * high, (i + 1) * wide, -j * high) for j in range(2) for i in range(3)]
    gpd.GeoDataFrame({"name": list(WEIGHTS)}, geometry=boxes, crs=3358).to_file(folder / "regions.gpkg")
    rows = [f"{name},{g},{r}" for name, (g, r) in WEIGHTS.items()]
    (folder / "weights.csv").write_text("\n".join(["region,global,regional", *rows]) + "\n")
    return CompositionMapping(
        day=(Layer(str(folder / "day.tif"), "day"),),
        night=(Layer(str(folder / "night.tif"), "night"),),
        model=write_members(folder / "global.safetensors", "global", [""]),
        regional_model=write_members(folder / "regional.safetensors", "within", list(WEIGHTS)),
        regions=Layer(str(folder / "regions.gpkg"), "regions"),
        region_field="name",
        weights=Layer(str(folder / "weights.csv"), "weights"),
        blend=0,
        output=str(folder / "map.tif"),
    )


class Log(io.RawIOBase):
    """Takes the messages of a run with the time of each."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[float, str]] = []

    def write(self, line: bytes) -> int:  # type: ignore[override]
        """Take one message."""
        message = json.loads(line)
        if message["kind"] == "log":
            self.lines.append((time.perf_counter(), message["text"]))
        return len(line)

    def between(self, first: str, last: str) -> float:
        """The seconds between the lines that begin so."""
        times = [next(t for t, line in self.lines if line.startswith(x)) for x in (first, last)]
        return times[1] - times[0]


def map_scene(params: CompositionMapping, memory_gb: float = 4.0, device: str = "cpu") -> Log:
    """Map a scene from the first tile on, and return the log."""
    folder = Path(params.output).with_suffix(".job")
    folder.mkdir(exist_ok=True)
    log = Log()
    map_composition(params, Run(Channel(log), Settings(device=device, memory_gb=memory_gb), folder))  # type: ignore[arg-type]
    return log
