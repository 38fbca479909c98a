"""Terrain: slope, aspect, curvatures and relief of a DEM, in metres on any grid; `water` follows what flows on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..data.raster.ground_cells import CellSizes
from ..runtime.types import Array, Floats


@dataclass(frozen=True)
class Surface:
    """First and second derivatives of heights, each shape (row, col), in metres; x grows along rows, y upright on them.

    The surface is the quadratic one through each cell and its neighbours (Zevenbergen & Thorne 1987). A missing
    neighbour lies on the line through the cell and the neighbour opposite.

    Parameters
    ----------
    p, q : array
        First derivatives by x and y.
    r, s, t : array
        Second derivatives: xx, xy, yy.
    """

    p: Array
    q: Array
    r: Array
    s: Array
    t: Array

    @classmethod
    def of(cls, heights: Floats, sizes: CellSizes) -> Surface:
        """The derivatives inside a window.

        Parameters
        ----------
        heights : array, shape (row + 2, col + 2)
            With the neighbours of the window's edge; NaN is missing.
        sizes : CellSizes
            Of the cells of the window.
        """
        z = heights.astype(np.float64)
        middle = z[1:-1, 1:-1]
        hole = np.where(np.isfinite(middle), 0.0, np.nan)

        def side(row: int, col: int) -> Array:
            """The neighbours so many rows down and columns to the right."""
            neighbour, opposite = (
                z[1 + sign * row : z.shape[0] - 1 + sign * row, 1 + sign * col : z.shape[1] - 1 + sign * col]
                for sign in (1, -1)
            )
            neighbour = np.where(np.isfinite(neighbour), neighbour, 2 * middle - opposite)
            return np.where(np.isfinite(neighbour), neighbour, middle)

        dx, dy = sizes.width, sizes.height
        east, west, north, south = side(0, 1), side(0, -1), side(-1, 0), side(1, 0)
        corners = side(-1, 1) - side(-1, -1) - side(1, 1) + side(1, -1)
        return cls(
            p=(east - west) / (2 * dx) + hole,
            q=(north - south) / (2 * dy) + hole,
            r=(east - 2 * middle + west) / dx**2,
            s=corners / (4 * dx * dy),
            t=(north - 2 * middle + south) / dy**2,
        )._upright(sizes.skew)

    def _upright(self, skew: Array) -> Surface:
        """The same derivatives where those by y were taken along columns that lean by the cosine `skew`."""
        if not skew.any():
            return self
        sine, s = np.sqrt(1 - skew**2), self.s
        return Surface(
            p=self.p,
            q=(self.q - skew * self.p) / sine,
            r=self.r,
            s=(s - skew * self.r) / sine,
            t=(self.t - 2 * skew * s + skew**2 * self.r) / sine**2,
        )

    @property
    def tangent(self) -> Array:
        """The tangent of the slope."""
        return np.hypot(self.p, self.q)

    def slope(self) -> Array:
        """The slope in degrees."""
        return np.degrees(np.arctan(self.tangent))

    def downhill(self) -> tuple[Array, Array]:
        """The eastern and the northern part of the direction of steepest descent; both 0 where it is flat.

        They are the sine and the cosine of the aspect, which is counted clockwise from north.
        """
        steep = self.tangent > 0
        norm = np.where(steep, self.tangent, 1.0)
        flat = np.where(np.isfinite(self.tangent), 0.0, np.nan)
        return np.where(steep, -self.p / norm, flat), np.where(steep, -self.q / norm, flat)

    def profile_curvature(self) -> Array:
        """The curvature of the surface along the slope in 1/m; above 0 it gets steeper downhill. 0 where it is flat.

        That of the section which holds the normal and the line of fall (Mitasova & Hofierka 1993, eq. 6; the normal
        slope-line curvature of Minar et al. 2020).
        """
        down = self.r * self.p**2 + 2 * self.s * self.p * self.q + self.t * self.q**2
        return self._over(-down, self.tangent**2 * (1 + self.tangent**2) ** 1.5)

    def tangential_curvature(self) -> Array:
        """The curvature of the surface across the slope in 1/m; above 0 on ridges. 0 where it is flat.

        That of the section which holds the normal and the contour's tangent (Mitasova & Hofierka 1993, eq. 7; the
        normal contour curvature of Minar et al. 2020).
        """
        return self._over(-self._across(), self.tangent**2 * np.sqrt(1 + self.tangent**2))

    def plan_curvature(self) -> Array:
        """The second derivative of the heights across the slope in 1/m; above 0 on ridges. 0 where it is flat.

        As Zevenbergen & Thorne (1987) have it, with the opposite sign: 2 (D H^2 + E G^2 - F G H) / (G^2 + H^2).
        """
        return self._over(-self._across(), self.tangent**2)

    def contour_curvature(self) -> Array:
        """The curvature of the contour line on the map in 1/m; above 0 on ridges. 0 where it is flat.

        It has no bound where ground is gentle: contours of any bend run there.
        """
        return self._over(-self._across(), self.tangent**3)

    def _across(self) -> Array:
        """The second derivative of the heights along the contour, times the square of the slope's tangent."""
        return self.r * self.q**2 - 2 * self.s * self.p * self.q + self.t * self.p**2

    def _over(self, numerator: Array, denominator: Array) -> Array:
        """The quotient, 0 where the denominator is 0."""
        flat = np.where(np.isfinite(denominator), 0.0, np.nan)
        return np.where(denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), flat)


def relief(heights: Floats, radius: int) -> Array:
    """The range of heights in the square of 2 `radius` + 1 cells around each inner cell.

    Parameters
    ----------
    heights : array, shape (row + 2 radius, col + 2 radius)
        NaN is missing and takes no part.
    """
    z, side = heights.astype(np.float64), 2 * radius + 1
    inner = np.s_[radius : z.shape[0] - radius, radius : z.shape[1] - radius]
    highest = ndimage.maximum_filter(np.where(np.isfinite(z), z, -np.inf), side)[inner]
    lowest = ndimage.minimum_filter(np.where(np.isfinite(z), z, np.inf), side)[inner]
    return np.where(np.isfinite(z[inner]), highest - lowest, np.nan)
