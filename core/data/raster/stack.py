"""Stack: several raster layers as named bands on one reference grid, read by windows."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import rasterio
import rasterio.warp
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.errors import RasterioError

from ...contract.errors import Problems, RegionwiseError
from ...contract.layer import Layer
from ...contract.parsing import Scale
from ...runtime.input_log import note_change
from ...runtime.types import Floats
from .aspects import is_aspect, with_flats
from .grids import ALIGNMENT_TOLERANCE, Grid
from .raster_source import RasterSource
from .resampling import NEAREST, Reader, Resampled, Shifted, check_overlap, fitting_methods, in_words
from .tiles import Tile

# sensors; `data_groups` tells which of them say where there are data
DAY, FACTOR, SERIES, ANCILLARY, COVARIATE, MASK = "day", "factor", "series", "ancillary", "covariate", "mask"
FORECAST, INTERVALS = "forecast", "intervals"  # sensors of a forecast that is evaluated
BLOCK = "(block)"  # sensor and name of the band with numbers of polygons
COORDINATES = ("longitude", "latitude")


@dataclass(frozen=True)
class Band:
    """One band of a stack: its name, the sensor it belongs to, and where it is.

    See `source_band.SourceBand` for `unit`, `role`, `named` and `definition`.
    """

    name: str
    sensor: str
    path: str
    index: int
    unit: str = ""
    role: str = ""
    named: bool = True
    definition: str = ""


def raster_files(paths: Iterable[str]) -> list[str]:
    """`paths` with the files that virtual rasters among them read, and those that these read."""
    files: dict[str, None] = {}
    queue = list(paths)
    while queue:
        path = queue.pop(0)
        if path in files:
            continue
        files[path] = None
        if Path(path).suffix.lower() == ".vrt":
            with contextlib.suppress(RasterioError), rasterio.open(path) as file:
                queue += [str(name) for name in file.files]
    return list(files)


def data_groups(sensors: Sequence[str]) -> list[list[int]]:
    """The bands, by number, that say whether a cell has data: it has some in each group.

    Parameters
    ----------
    sensors : sequence of str
        Of each band. Every band of the sensors ``day`` and ``factor`` is needed, and any of a ``series``; others
        may be missing.
    """
    day = [[number] for number, sensor in enumerate(sensors) if sensor in (DAY, FACTOR)]
    dated = [number for number, sensor in enumerate(sensors) if sensor == SERIES]
    return [*day, *([dated] if dated else [])]


class RasterisablePolygons(Protocol):
    """Polygons that can be burnt into a grid, see `polygons.Regions`."""

    def rasterised(self, grid: Grid, tile: Tile) -> NDArray[np.int32]:
        """The number of the polygon of each cell of `tile`; -1 where there is none."""

    def digest(self) -> str:
        """A hash of all polygons."""


class Stack:
    """Named bands of several layers on the grid of the first one; opens the files on entry.

    A stack is used by one thread; `reopened` gives another thread its own.

    Parameters
    ----------
    coordinates : bool
        Whether `COORDINATES` of each cell follow as bands.
    polygons : RasterisablePolygons, optional
        Polygons whose number in each cell follows as the last band, `BLOCK`; -1 outside of all.
    zero_missing : bool
        Whether 0 is no data in the bands of the sensor `SERIES`.
    scales : mapping, optional
        See `raster_source.RasterSource`.
    same_names : bool
        Whether bands of several layers may have one name, because nothing looks for them by it.
    """

    def __init__(
        self,
        sensors: Mapping[str, Sequence[Layer]],
        resampling: str = "refuse",
        *,
        coordinates: bool = False,
        polygons: RasterisablePolygons | None = None,
        zero_missing: bool = False,
        scales: Mapping[str, Scale] | None = None,
        same_names: bool = False,
    ) -> None:
        self._sensors, self._coordinates, self.polygons = sensors, coordinates, polygons
        self._same_names = same_names
        self.zero_missing = zero_missing
        self._resampling, self._scales = resampling, scales
        self.sources: list[RasterSource] = []  # of all layers, in their order, while the stack is open
        self._reads: list[tuple[Reader, list[int]]] = []
        self.bands: list[Band] = []
        self.grid = Grid(CRS(), Affine.identity(), 0, 0)
        self._limits: list[int] = []  # see `limit`
        self._aspects: list[int] = []  # bands, see `aspects.with_flats`
        self._other_factors: list[int] = []

    def __enter__(self) -> Stack:
        problems = Problems()
        for sensor, layers in self._sensors.items():
            for layer in layers:
                try:
                    self._add(layer, sensor)
                except RegionwiseError as err:
                    problems.add_error(err)
        if self._coordinates:
            self.bands += [Band(name, ANCILLARY, "", 0, "degrees") for name in COORDINATES]
        if self.polygons:
            self.bands.append(Band(BLOCK, BLOCK, "", 0))
        try:
            problems.raise_any()
            self._check_names()
        except RegionwiseError:
            self.close()
            raise
        self._find_aspects()
        self._say_flats()
        if self._limits:
            self.limit(self._limits)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files."""
        for source in self.sources:
            source.close()
        self.sources, self._reads, self.bands = [], [], []

    def reopened(self) -> Stack:
        """A stack of the same layers, not yet opened, for use in another thread."""
        other = Stack(
            self._sensors,
            self._resampling,
            coordinates=self._coordinates,
            polygons=self.polygons,
            zero_missing=self.zero_missing,
            scales=self._scales,
            same_names=self._same_names,
        )
        other._limits = list(self._limits)
        return other

    @property
    def names(self) -> list[str]:
        """Band names in reading order."""
        return [band.name for band in self.bands]

    @property
    def groups(self) -> list[list[int]]:
        """The bands that say whether a cell has data; see `data_groups`."""
        return data_groups([band.sensor for band in self.bands])

    def select(self, names: Sequence[str]) -> list[int]:
        """The positions of the bands called `names`, in that order.

        Raises
        ------
        RegionwiseError
            If a band is missing; names those that are there.
        """
        missing = [name for name in names if name not in self.names]
        if missing:
            raise RegionwiseError(
                f"Band{'s' if len(missing) > 1 else ''} {_quoted(missing)} missing: the model needs "
                f"{_quoted(names)}, the layers have {_quoted(self.names)}.",
                "Add the layer, or give it that name (rename the layer or set the band's description).",
            )
        return [self.names.index(name) for name in names]

    def limit(self, bands: Sequence[int]) -> None:
        """Read only these bands of the files from now on, in this order; `reopened` does so, too."""
        origins = [(reader, position) for reader, positions in self._reads for position in positions]
        by_reader = itertools.groupby((origins[band] for band in bands), key=lambda origin: id(origin[0]))
        runs = [list(run) for _, run in by_reader]
        self._reads = [(run[0][0], [position for _, position in run]) for run in runs]
        self.bands, self._limits = [self.bands[band] for band in bands], list(bands)
        self._find_aspects()

    def read(self, tile: Tile) -> Floats:
        """The window `tile` as float32 (band, row, col); NaN is nodata and beyond the grid."""
        out = np.full((len(self.bands), tile.height, tile.width), np.nan, np.float32)
        inside = tile.clipped(self.grid.height, self.grid.width)
        if not inside.height or not inside.width:
            return out
        rows = slice(inside.row - tile.row, inside.row - tile.row + inside.height)
        cols = slice(inside.col - tile.col, inside.col - tile.col + inside.width)
        first = 0
        for reader, positions in self._reads:
            out[first : first + len(positions), rows, cols] = reader.read(positions, inside)
            first += len(positions)
        if self.zero_missing:
            dated = np.array([band.sensor == SERIES for band in self.bands])
            out[dated] = np.where(out[dated] == 0, np.nan, out[dated])
        if self._aspects:
            with_flats(out[:, rows, cols], self._aspects, self._other_factors)
        if self._coordinates:
            out[first : first + len(COORDINATES), rows, cols] = self._degrees(inside)
        if self.polygons:
            out[-1, rows, cols] = self.polygons.rasterised(self.grid, inside)
        return out

    def values_at(self, xy: NDArray[np.float64]) -> Floats:
        """The value of each band at each place, shape (n, band); NaN where there is none."""
        cells = [self.read(tile)[:, 0, 0] for tile in self.grid.cells_at(xy)]
        return np.array(cells, np.float32).reshape(len(xy), len(self.bands))

    def _degrees(self, tile: Tile) -> Floats:
        """Longitude and latitude of the cells of `tile`, shape (2, row, col)."""
        cols, rows = np.meshgrid(np.arange(tile.width) + tile.col + 0.5, np.arange(tile.height) + tile.row + 0.5)
        x, y = self.grid.transform @ (cols.ravel(), rows.ravel())
        degrees = rasterio.warp.transform(self.grid.crs, CRS.from_epsg(4326), x, y)
        return np.array(degrees, np.float32).reshape(2, tile.height, tile.width)

    def _add(self, layer: Layer, sensor: str) -> None:
        """Open a layer; its bands follow those that are there."""
        source = RasterSource(layer, self._scales)
        self.sources.append(source)
        if not self._reads:
            self.grid = source.grid
        reader = source if source.grid == self.grid else self._on_grid(source, sensor)
        self._reads.append((reader, list(range(len(source.bands)))))
        for band in source.bands:
            facts = band.unit, band.role, band.named, band.definition
            self.bands.append(Band(band.name, sensor, layer.path, band.index, *facts))

    def _on_grid(self, source: RasterSource, sensor: str) -> Reader:
        """A reader that answers on the reference grid, or raise `RegionwiseError`; a mask keeps its numbers."""
        layer, grid = source.layer, source.grid
        offset = self.grid.offset_of(grid)
        if offset is not None and all(abs(o - round(o)) < ALIGNMENT_TOLERANCE * 10 for o in offset):
            check_overlap(source, self.grid, layer)
            return Shifted(source, round(offset[1]), round(offset[0]))
        if self._resampling == "refuse":
            raise RegionwiseError(
                f"Raster '{layer}' is on another grid ({grid.describe()}) than the first layer "
                f"({self.grid.describe()}).",
                "Choose a Resampling method, or warp it first (Raster > Projections > Warp).",
            )
        check_overlap(source, self.grid, layer)
        methods = [NEAREST if sensor == MASK else self._resampling] * len(source.bands)
        if self._resampling == "auto" and sensor != MASK:
            methods = fitting_methods(source, self.grid)
        done = in_words(methods, [band.name for band in source.bands])
        note_change(str(layer), layer.path, f"brought to the grid of the first layer: {done}")
        return Resampled(source, self.grid, methods)

    def _find_aspects(self) -> None:
        """Note which factors are aspects, so that no window looks at names."""
        factors = [i for i, band in enumerate(self.bands) if band.sensor == FACTOR]
        self._aspects = [i for i in factors if is_aspect(self.bands[i].name)]
        self._other_factors = [i for i in factors if i not in self._aspects]

    def _say_flats(self) -> None:
        """Say how cells without an aspect are taken."""
        for position in self._aspects if self._other_factors else ():
            band = self.bands[position]
            layer = next(str(source.layer) for source in self.sources if source.layer.path == band.path)
            note_change(layer, band.path, f"cells that have all factors but '{band.name}' are flat")

    def _check_names(self) -> None:
        """Raise `RegionwiseError` if two bands have the same name."""
        duplicates = [] if self._same_names else sorted({name for name in self.names if self.names.count(name) > 1})
        if duplicates:
            raise RegionwiseError(
                f"Two bands are called '{duplicates[0]}'.",
                "Bands are known by name; rename a layer or set the band's description.",
            )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
