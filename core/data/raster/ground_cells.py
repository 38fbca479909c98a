"""Ground cells: widths, heights and areas of the cells of a grid on the Earth, and where its north is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...runtime.types import Array, Index
from .grids import Grid
from .ground import PROBES, area_scales, frame_of, ground_side, in_space, tangents, true_unit
from .tiles import Tile

NODE_M = 20_000.0  # between nodes from which cells are interpolated: right to 1e-5 even where scales change fast
ALIKE = 1e-9  # of a scale: sizes depend on the row alone
WIDEST_ZONE = 6.0  # degrees of longitude that a UTM zone should hold
POLAR = 80.0  # degrees of latitude


@dataclass(frozen=True)
class CellSizes:
    """Sizes on the ground of the cells of a window, each of a shape that broadcasts to (row, col).

    Parameters
    ----------
    width, height : array
        Metres from a cell to the next one in its row, and in its column.
    skew : array
        Cosine of the angle between the steps to the right and up; 0 where rows and columns stand upright on each other.
    """

    width: Array
    height: Array
    skew: Array

    @classmethod
    def squares(cls, side: float) -> CellSizes:
        """Of square cells, all alike."""
        return cls(np.full((1, 1), side), np.full((1, 1), side), np.zeros((1, 1)))

    def step(self, down: Array | int, right: Array | int) -> Array:
        """Metres of so many rows down and columns to the right."""
        rows, cols = down * self.height, right * self.width
        return np.asarray(np.sqrt(np.maximum(rows**2 + cols**2 - 2 * self.skew * rows * cols, 0.0)))


def cell_sizes(grid: Grid, tile: Tile) -> CellSizes:
    """The sizes of the cells of `tile`; those of the coordinates where the CRS is true to scale on the whole grid.

    Each is of the shape (1, 1), (row, 1) or (row, col).
    """
    t, unit = grid.transform, _true_unit(grid)
    if unit is None:
        width, height, skew = _over_cells(grid, tile, _sizes_at)
        return CellSizes(width, height, skew)
    sides = np.hypot(t.a, t.d), np.hypot(t.b, t.e)
    skew = -(t.a * t.b + t.d * t.e) / (sides[0] * sides[1])
    width, height, slant = (np.full((1, 1), value) for value in (sides[0] * unit, sides[1] * unit, skew))
    return CellSizes(width, height, slant)


def cell_areas(grid: Grid, tile: Tile) -> Array:
    """The areas of the cells of `tile` in square metres, of the shape (row, 1) or (row, col)."""
    (areas,) = _over_cells(grid, tile, lambda g, cells: [area_scales(_places(g, cells), g.crs)])
    return np.nan_to_num(areas * abs(grid.transform.determinant))  # off the Earth there is no ground


def reported_areas(grid: Grid, tile: Tile) -> Array:
    """The areas of the cells of `tile` that statistics report, square metres, shape (1, 1), (row, 1) or (row, col).

    Those of the coordinates where the CRS is true to scale, as UTM, so that they are what every GIS counts; else those
    on the ground.
    """
    unit = _true_unit(grid)
    if unit is None:
        return cell_areas(grid, tile)
    return np.full((1, 1), abs(grid.transform.determinant) * unit**2)


def cell_side(grid: Grid) -> float:
    """The mean side of a cell in metres, in the middle of the grid."""
    return ground_side(grid.crs, grid.cell_size, grid.bounds)


@lru_cache(maxsize=32)
def _true_unit(grid: Grid) -> float | None:
    return true_unit(grid.crs, grid.bounds)


@lru_cache(maxsize=32)
def _by_row(grid: Grid) -> bool:
    """Whether cells of one row are alike, as on degrees, Mercator and other cylinders."""
    t = grid.transform
    if t.b or t.d:
        return False
    row, col = np.meshgrid(np.linspace(0, grid.height, PROBES), np.linspace(0, grid.width, PROBES), indexing="ij")
    sizes = _sizes_at(grid, np.stack([col.ravel(), row.ravel()], 1))
    spreads = [np.ptp(size.reshape(row.shape), axis=1) <= ALIKE * np.abs(size).max() for size in sizes[:2]]
    return bool(np.all(spreads) and np.all(np.abs(sizes[2]) < ALIKE))


def _places(grid: Grid, cells: Array) -> Array:
    """The coordinates of places that are given as (column, row), shape (n, 2)."""
    t = grid.transform
    col, row = cells.T
    return np.stack([t.a * col + t.b * row + t.c, t.d * col + t.e * row + t.f], 1)


def _sizes_at(grid: Grid, cells: Array) -> list[Array]:
    """Width, height and skew of cells at (column, row)."""
    t = grid.transform
    along_x, along_y = tangents(_places(grid, cells), grid.crs)
    right, up = along_x * t.a + along_y * t.d, -(along_x * t.b + along_y * t.e)
    width, height = np.linalg.norm(right, axis=1), np.linalg.norm(up, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return [width, height, np.nan_to_num((right * up).sum(1) / (width * height))]


def _over_cells(grid: Grid, tile: Tile, measure: Callable[[Grid, Array], list[Array]]) -> list[Array]:
    """What `measure` gives for the cells of `tile`: by rows where that is enough, else between nodes."""
    rows, cols = (
        np.arange(start, start + count, dtype=np.float64) + 0.5
        for start, count in ((tile.row, tile.height), (tile.col, tile.width))
    )
    if _by_row(grid):
        middle = np.full(tile.height, grid.width / 2)
        return [values[:, None] for values in measure(grid, np.stack([middle, rows], 1))]
    row_nodes, col_nodes = (_nodes(axis, grid) for axis in (rows, cols))
    row, col = np.meshgrid(row_nodes, col_nodes, indexing="ij")
    nodes = measure(grid, np.stack([col.ravel(), row.ravel()], 1))
    found = [_between(row_nodes, col_nodes, values.reshape(row.shape), rows, cols) for values in nodes]
    beside = np.argwhere(~np.isfinite(found[0]))  # where nodes lie off the Earth, cells are measured one by one
    if len(beside):
        exact = measure(grid, np.stack([cols[beside[:, 1]], rows[beside[:, 0]]], 1))
        for values, own in zip(found, exact, strict=True):
            values[beside[:, 0], beside[:, 1]] = own
    return found


def _nodes(axis: Array, grid: Grid) -> Array:
    """Nodes from the first to the last of the cells of an axis, dense enough to interpolate between."""
    length = (axis[-1] - axis[0]) * grid.longest_side * frame_of(grid.crs).unit
    return np.linspace(axis[0], axis[-1], min(int(np.ceil(length / NODE_M)) + 2, max(len(axis), 2)))


def _between(row_nodes: Array, col_nodes: Array, values: Array, rows: Array, cols: Array) -> Array:
    """Bilinear interpolation from nodes to cells, shape (row, col)."""

    def weights(nodes: Array, at: Array) -> tuple[Index, Array]:
        step = (nodes[-1] - nodes[0]) / (len(nodes) - 1) or 1.0
        position = (at - nodes[0]) / step
        first = np.clip(position.astype(np.int64), 0, len(nodes) - 2)
        return first, position - first

    row, down = weights(row_nodes, rows)
    col, right = weights(col_nodes, cols)
    in_rows = values[row] * (1 - down)[:, None] + values[row + 1] * down[:, None]
    return np.asarray(in_rows[:, col] * (1 - right) + in_rows[:, col + 1] * right)


def astray(grid: Grid) -> float:
    """Degrees between north and the direction to which the columns of a grid run up, in its middle."""
    t = grid.transform
    along_x, along_y = (tangent[0] for tangent in tangents(_places(grid, _middle(grid)), grid.crs))
    up, normal = -(along_x * t.b + along_y * t.e), np.cross(along_x, along_y)
    axis = np.array([0.0, 0.0, 1.0])  # of the Earth
    north = axis - normal * (axis @ normal) / (normal @ normal)
    if np.linalg.norm(north) < ALIKE:  # at a pole, or on the plan of a site
        return 0.0
    cosine = up @ north / np.linalg.norm(up) / np.linalg.norm(north)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _middle(grid: Grid) -> Array:
    return np.array([[grid.width / 2, grid.height / 2]])


def fitting_crs(grid: Grid) -> str:
    """The code of a CRS in which terrain of this grid can be derived: a polar one, a UTM zone, or plain degrees."""
    left, bottom, right, top = grid.bounds
    x, y = np.meshgrid(np.linspace(left, right, PROBES), np.linspace(bottom, top, PROBES))
    points = in_space(np.stack([x.ravel(), y.ravel()], 1), grid.crs)
    points = points[np.isfinite(points).all(1)]
    longitude = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    latitude = np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))
    if not len(latitude) or np.ptp(longitude) > WIDEST_ZONE:
        polar = len(latitude) and np.abs(latitude).min() > 60
        return ("EPSG:3995" if latitude[0] > 0 else "EPSG:3031") if polar else "EPSG:4326"
    centre = float(latitude.mean())
    if abs(centre) > POLAR:
        return "EPSG:3995" if centre > 0 else "EPSG:3031"
    zone = int((float(longitude.mean()) + 180) % 360 // 6) + 1
    return f"EPSG:{(32600 if centre >= 0 else 32700) + zone}"
