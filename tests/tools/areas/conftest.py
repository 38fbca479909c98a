"""A map of classes, its strata and the answers to a sample of it, as files."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from regionwise.core.contract.layer import Layer
from regionwise.core.mapping.styles.map_styles import CLASSES
from regionwise.core.mapping.styles.style_files import write_style

UTM = Affine(30, 0, 500_000, 0, -30, 5_000_000)
NAMES = {1: "forest", 2: "water", 3: "crops"}


def write_raster(path, values, transform=UTM, crs="EPSG:32633", nodata=None, names=()):
    """Write bands, shape (row, col) or (band, row, col), and return their layer."""
    bands = values if values.ndim == 3 else values[None]
    with rasterio.open(
        path, "w", driver="GTiff", height=bands.shape[1], width=bands.shape[2], count=len(bands),
        dtype=bands.dtype, crs=crs, transform=transform, nodata=nodata,
    ) as file:  # fmt: skip
        file.write(bands)
        for index, name in enumerate(names, 1):
            file.set_band_description(index, name)
    return Layer(str(path), path.stem)


def write_units(path, row, col, transform=UTM, crs="EPSG:32633", **fields):
    """Write points in the middle of cells, and return their layer."""
    x, y = transform @ (np.asarray(col) + 0.5, np.asarray(row) + 0.5)
    gpd.GeoDataFrame(fields, geometry=gpd.points_from_xy(x, y), crs=crs).to_file(path)
    return Layer(str(path), path.stem)


class World:
    """A map of three classes that is right in nine of ten cells, on 200 x 300 cells."""

    def __init__(self, folder):
        rng = np.random.default_rng(7)
        row, col = np.mgrid[:200, :300]
        self.mapped = (1 + (col > 60) + (col > 180)).astype(np.uint8)
        off = rng.random(self.mapped.shape) < 0.1
        self.truth = np.where(off, rng.integers(1, 4, self.mapped.shape), self.mapped).astype(np.uint8)
        self.mapped[:10] = 0
        self.valid = self.mapped > 0
        self.folder, self.rng, self.row, self.col = folder, rng, row, col
        self.map = write_raster(folder / "map.tif", self.mapped, nodata=0)
        write_style(folder / "map.tif", CLASSES, NAMES)

    def true_hectares(self, number):
        return ((self.truth == number) & self.valid).sum() * 0.09

    def draw(self, name, counts, among=None, **fields):
        """Draw so many cells of each class of the map, and return the layer with answers as names."""
        among = self.valid if among is None else among & self.valid
        cells = [
            self.rng.choice(np.flatnonzero((self.mapped == number) & among), count, replace=False)
            for number, count in counts.items()
        ]
        row, col = np.divmod(np.concatenate(cells), 300)
        answers = [NAMES[number] for number in self.truth[row, col]]
        sizes = {number: ((self.mapped == number) & self.valid).sum() for number in counts}
        stratum = self.mapped[row, col]
        extra = {
            "class": answers,
            "stratum": [NAMES[number] for number in stratum],
            "probability": [counts[number] / sizes[number] for number in stratum],
        }
        return write_units(self.folder / f"{name}.gpkg", row, col, **{**extra, **fields})


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)
