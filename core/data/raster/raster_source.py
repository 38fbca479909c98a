"""Raster sources: the file of a layer, whose numbers are read as what they mean in QGIS.

Scale and offset are applied; nodata values, masks, alpha bands and what the user has declared no data are NaN; the
CRS set in QGIS counts; whole numbers stay what they are, or are refused.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.errors import CRSError, RasterioError
from rasterio.windows import Window

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer, NodataRange
from ...contract.parsing import Scale
from ...runtime.input_log import note_change
from ...runtime.types import Floats
from .grids import Grid, crs_name
from .horizontal_crs import horizontal, same_crs
from .source_band import SourceBand, alpha_bands, bands_of, note_source
from .source_path import open_file
from .tiles import Tile

AS_STORED: Mapping[str, Scale] = {"": (1.0, 0.0)}  # numbers as the file holds them
EXACT = 2**24  # whole numbers up to here are exact in float32
MOST_EXACT = 2**53  # and in float64: larger ones are no codes
LOOKED_AT = 256  # cells a side, up to which a raster is looked at as a whole
LOOKS, LOOK = 4, 64  # windows a side at which a larger one is looked at, and their cells a side
RANGE_TOLERANCE = 1e-7  # of a bound: what the user typed beside a float32


class RasterSource:
    """The opened `file` of a raster layer; used by one thread.

    Its `grid` is that of the file, `file_grid`, but for longitudes over 180.

    Parameters
    ----------
    scales : mapping
        Factor and offset by the name of a band, instead of those of the file; under the empty name for all others.

    Raises
    ------
    RegionwiseError
        If the file cannot be read, has no CRS, or does not say where its cells lie.
    """

    def __init__(self, layer: Layer, scales: Mapping[str, Scale] | None = None) -> None:
        self.layer = layer
        self.file = open_file(layer)
        try:
            _check_placed(self.file, layer)
            self.crs = _crs_of(self.file, layer)
            self.file_grid = Grid(horizontal(self.crs), self.file.transform, self.file.height, self.file.width)
            self.grid, self._shift = _wrapped(self.file_grid, layer)
            self.bands, self.alphas = bands_of(self.file, layer, scales or {}), alpha_bands(self.file)
            self._look()
        except RegionwiseError:
            self.file.close()
            raise
        note_source(layer, self.file, self.bands, self.grid)

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def read(self, positions: Sequence[int], tile: Tile) -> Floats:
        """Bands at `positions` in a tile inside the grid, as float32 (band, row, col); NaN is no data.

        Raises
        ------
        RegionwiseError
            If the file is damaged or gone, or holds whole numbers that float32 does not.
        """
        bands = [self.bands[position] for position in positions]
        parts = [self._read(bands, window) for window in self._windows(tile)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, 2)

    def _windows(self, tile: Tile) -> list[Window]:
        """The windows of the file that make up `tile`; two where a raster from 0 to 360 degrees is cut."""
        if not self._shift:
            return [Window(tile.col, tile.row, tile.width, tile.height)]
        start, width = (tile.col + self._shift) % self.grid.width, self.grid.width
        first = min(tile.width, width - start)
        windows = [Window(start, tile.row, first, tile.height)]
        return windows if first == tile.width else [*windows, Window(0, tile.row, tile.width - first, tile.height)]

    def _read(self, bands: Sequence[SourceBand], window: Window) -> Floats:
        """Bands in a window of the file."""
        masked = [i for i, band in enumerate(bands) if band.masked]
        raw = self._numbers([band.index for band in bands], window)
        values = self._meant(raw, bands)
        if masked:
            for i, mask in zip(masked, self._masks([bands[i].index for i in masked], window), strict=True):
                values[i][mask == 0] = np.nan
        if self.alphas:
            values[:, (self._numbers(self.alphas, window) == 0).any(0)] = np.nan
        for i, band in enumerate(bands):
            if band.wide:
                self._check_exact(raw[i], values[i], band)
        return values

    def _numbers(self, indexes: list[int], window: Window) -> NDArray[Any]:
        """The numbers of bands of the file as it holds them."""
        with self._telling():
            if len({self.file.dtypes[index - 1] for index in indexes}) > 1:  # rasterio reads bands of one type
                return np.stack([self.file.read(index, window=window) for index in indexes])
            numbers: NDArray[Any] = self.file.read(indexes, window=window)
            return numbers

    def _masks(self, indexes: list[int], window: Window) -> NDArray[Any]:
        """The masks of bands of the file; 0 is no data."""
        with self._telling():
            masks: NDArray[Any] = self.file.read_masks(indexes, window=window)
            return masks

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        """Tell of failures to read in words."""
        try:
            yield
        except RasterioError as err:
            raise RegionwiseError(
                # the cause names the file that a virtual raster reads
                f"Reading '{self.file.name}' failed ({err.__cause__ or err}).",
                "The file seems damaged or was moved; check it.",
            ) from err

    def _meant(self, raw: NDArray[Any], bands: Sequence[SourceBand]) -> Floats:
        """What raw numbers mean, shape (band, row, col), but for masks."""
        missing = [None if band.nodata is None else raw[i] == band.nodata for i, band in enumerate(bands)]
        hidden_of = [[_in_range(raw[i], span, band.own) for span in band.ranges] for i, band in enumerate(bands)]
        values = raw.astype(np.float32, copy=False)
        for i, (factor, offset) in enumerate(band.scale for band in bands):
            if (factor, offset) != (1.0, 0.0):
                values[i] = raw[i] * np.float64(factor) + np.float64(offset)
        if raw.dtype.kind == "f":
            values[~np.isfinite(values)] = np.nan
        for i in range(len(bands)):
            if missing[i] is not None:
                values[i][missing[i]] = np.nan
            for hidden in hidden_of[i]:
                values[i][hidden] = np.nan
        return values

    def _check_exact(self, raw: NDArray[Any], values: Floats, band: SourceBand) -> None:
        """Raise `RegionwiseError` if float32 changes a whole number."""
        known = np.isfinite(values)
        numbers = raw[known]
        large = numbers[np.abs(numbers.astype(np.float64)) > EXACT]
        if large.dtype.kind == "f":
            large = large[(large == np.rint(large)) & (np.abs(large) < MOST_EXACT)]
        changed = large.astype(np.float32).astype(large.dtype) != large
        if changed.any():
            raise RegionwiseError(
                f"Band '{band.name}' of '{self.layer}' holds the whole number {large[changed][0]:.0f}; numbers over "
                f"{EXACT:,} would merge with their neighbours.",
                "If they are codes, reclassify them to small ones; if they measure something, convert the raster to "
                "Float32 (Translate); if they stand for no data, set them as the nodata value.",
            )

    def glimpses(self, position: int) -> list[Floats]:
        """Numbers of a band in windows that are spread over the raster, each shape (row, col), as the file holds them.

        Overviews, which may be means, are not looked at.
        """
        height, width, band = self.grid.height, self.grid.width, [self.bands[position]]
        if max(height, width) <= LOOKED_AT:
            return [self._read(band, Window(0, 0, width, height))[0]]
        tall, wide = min(LOOK, height), min(LOOK, width)
        rows, cols = (np.unique(np.linspace(0, end, LOOKS).astype(int)) for end in (height - tall, width - wide))
        return [self._read(band, Window(col, row, wide, tall))[0] for row in rows for col in cols]

    def looked_at(self, position: int) -> Floats:
        """Numbers of a band at cells that are spread over the raster, shape (n,), without those that are missing."""
        values: Floats = np.concatenate([glimpse[np.isfinite(glimpse)] for glimpse in self.glimpses(position)])
        return values

    def has_colours(self, position: int) -> bool:
        """Whether the file has a table of colours for a band, as for a map of classes."""
        index = self.bands[position].index
        return bool(self.file.colorinterp[index - 1] == ColorInterp.palette)

    def _look(self) -> None:
        """Refuse whole numbers that are too large before the work, where a look finds them."""
        for position, band in enumerate(self.bands):
            if band.wide:
                self.looked_at(position)


def _in_range(raw: NDArray[Any], span: NodataRange, scale: Scale) -> NDArray[np.bool_]:
    """Where numbers, as QGIS shows them, lie in a range; its ends give way by the rounding of float32."""
    shown = raw * scale[0] + scale[1]
    low, high = span.low - RANGE_TOLERANCE * abs(span.low), span.high + RANGE_TOLERANCE * abs(span.high)
    inside: NDArray[np.bool_] = (shown >= low) & (shown <= high)
    return inside


def _check_placed(file: Any, layer: Layer) -> None:
    """Raise `RegionwiseError` unless the file says where its cells lie."""
    if file.transform != Affine.identity():
        return
    points, models = len(file.gcps[0]), file.rpcs is not None
    how = f"{points} ground control points" if points else "a sensor model (RPC)" if models else ""
    raise RegionwiseError(
        f"Raster '{layer}' is placed by {how}, not on a grid." if how else f"Raster '{layer}' has no georeference.",
        "Warp it first (Raster > Projections > Warp)." if how else "Georeference it first (Layer > Georeferencer).",
    )


def _crs_of(file: Any, layer: Layer) -> CRS:
    """The CRS of a file: as set in QGIS, or as the file says."""
    if not layer.crs:
        if file.crs is None:
            raise RegionwiseError(
                f"Raster '{layer}' has no CRS.", "Assign one first (Raster > Projections > Assign projection)."
            )
        return file.crs
    try:
        given = CRS.from_user_input(layer.crs)
    except CRSError as err:
        raise RegionwiseError(f"The CRS of raster '{layer}' cannot be read ({err}).", "Set it anew in QGIS.") from err
    if file.crs is None:
        return given
    if same_crs(file.crs, given):
        return file.crs
    note_change(
        str(layer), layer.path, f"its CRS is {crs_name(given)}, as set in QGIS, and not {crs_name(file.crs)} as it says"
    )
    return given


def _wrapped(grid: Grid, layer: Layer) -> tuple[Grid, int]:
    """A grid of longitudes from 0 to 360 as one from -180 to 180, and the column of the file where that begins."""
    left, _, right, _ = grid.bounds
    t = grid.transform
    if not grid.crs.is_geographic or t.b or t.d or t.a <= 0 or right <= 180 + t.a / 2 or left < -t.a / 2:
        return grid, 0
    around = round(360 / t.a)
    if left >= 180 - t.a / 2:
        shift, columns = -360.0, 0
    elif abs(around * t.a - 360) < t.a / 2 and grid.width == around:
        columns = math.ceil((180 - left) / t.a - 0.5)
        shift = columns * t.a - 360
    else:
        return grid, 0
    note_change(str(layer), layer.path, f"longitudes from {left:g} to {right:g} are wrapped to -180 to 180")
    moved = Affine(t.a, t.b, t.c + shift, t.d, t.e, t.f)
    return Grid(grid.crs, moved, grid.height, grid.width), columns
