"""Tiles of one date: refused, or put together into one image as a whole raster would be."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.series.image_series import read_series
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking
from support import read_raster, run_task

CELL, LEFT, TOP = 90, 500_000, 3_300_000
SIZE = (20, 30)
DAYS = ("20200612", "20200628")
NODATA = -3000
# row, column, height, width; the first is neither at the top nor at the left
TILES = {"T18TYN": (8, 10, 12, 14), "T18TYM": (0, 0, 12, 16), "T18TXN": (0, 14, 11, 16), "T18TXM": (10, 0, 10, 13)}


def corner(row, col):
    return Affine(CELL, 0, LEFT + col * CELL, 0, -CELL, TOP - row * CELL)


def whole(seed, high=9000, kind=np.int16):
    return np.random.default_rng(seed).integers(0, high, SIZE).astype(kind)


@pytest.fixture
def tiles(tmp_path, write):
    """A folder of overlapping tiles that are cut from one raster a date."""
    folder = tmp_path / "tiles"
    folder.mkdir()
    for seed, day in enumerate(DAYS):
        for minute, (name, (row, col, height, width)) in enumerate(TILES.items()):
            part = whole(seed)[row : row + height, col : col + width]
            path = folder / f"{name}_{day}T1050{minute:02d}_NDVI.tif"
            write(path, part, nodata=NODATA, transform=corner(row, col))
    return folder


def made(tmp_path, **changes):
    """Make a series of tiles; its values (date, row, col) and what the tool said."""
    params = SeriesMaking(
        **{"output": str(tmp_path / "out" / "series.json"), "mosaic": True, "bands": "NDVI", **changes}
    )
    ran = run_task(make_series, params, tmp_path / "job")
    series = read_series(params.output)
    return series, read_raster(series.raster)[0], ran


def covered():
    """Whether a tile covers a cell."""
    cells = np.zeros(SIZE, bool)
    for row, col, height, width in TILES.values():
        cells[row : row + height, col : col + width] = True
    return cells


def test_tiles_become_the_raster_that_they_were_cut_from(tiles, tmp_path):
    series, values, ran = made(tmp_path, folder=str(tiles))
    assert series.names == ["NDVI"] and len(series.dates) == 2
    with rasterio.open(series.raster) as file:
        assert file.transform == corner(0, 0) and file.shape == SIZE
    for seed, found in enumerate(values):
        np.testing.assert_array_equal(found, np.where(covered(), whole(seed), np.nan))
    assert "2 of 2 images are put together from several files; where these overlap, the first by path" in ran.log


def test_tiles_are_refused_without_the_switch_which_is_named(tiles, tmp_path):
    with pytest.raises(RegionwiseError, match=r"8 bands are the same band of the same date.*switch Mosaic on"):
        made(tmp_path, folder=str(tiles), mosaic=False)


def test_the_first_by_path_that_has_data_counts_however_the_files_are_given(tiles, tmp_path):
    for path in tiles.glob("*_20200612*"):
        with rasterio.open(path, "r+") as file:
            values = np.full(file.shape, sorted(TILES).index(path.name[:6]), np.int16)
            values[:, ::3] = NODATA
            file.write(values[None])
    expected = np.full(SIZE, np.nan)
    for number, name in sorted(enumerate(sorted(TILES)), reverse=True):
        row, col, height, width = TILES[name]
        has_data = np.arange(width) % 3 > 0
        expected[row : row + height, col : col + width][:, has_data] = number
    layers = tuple(Layer(str(path)) for path in sorted(tiles.iterdir(), reverse=True))
    for inputs in ({"folder": str(tiles)}, {"input": layers}, {"input": layers[::-1]}):
        np.testing.assert_array_equal(made(tmp_path, **inputs)[1][0], expected)


@pytest.mark.parametrize("own_file", [True, False])
def test_the_quality_of_a_tile_is_its_own(tiles, tmp_path, write, own_file):
    """A bad cell shows the tile beneath; a number beside nodata of the upper one says nothing of the lower one."""
    expected = np.full((2, *SIZE), np.nan)
    rng = np.random.default_rng(7)
    for seed, day in enumerate(DAYS):
        for minute, (name, (row, col, height, width)) in sorted(enumerate(TILES.items()), key=lambda at: at[1][0])[
            ::-1
        ]:
            stem, window = f"{name}_{day}T1050{minute:02d}", (slice(row, row + height), slice(col, col + width))
            values, quality = rng.integers(0, 99, (height, width)), rng.integers(0, 3, (height, width))
            values[rng.random(values.shape) < 0.3] = NODATA
            good = (quality == 0) & (values != NODATA)
            expected[seed][window][good] = values[good]
            bands, where = np.stack([values, quality]).astype(np.int16), {"transform": corner(row, col)}
            (tiles / f"{stem}_NDVI.tif").unlink()
            if own_file:
                write(tiles / f"{stem}_NDVI.tif", bands[0], nodata=NODATA, **where)
                write(tiles / f"{stem}_SCL.tif", bands[1], **where)
            else:
                write(tiles / f"{stem}.tif", bands, nodata=NODATA, names=("NDVI", "SCL"), **where)
    series, values, _ = made(tmp_path, folder=str(tiles), quality_band="SCL", good_values="0")
    np.testing.assert_array_equal(values, expected)
    assert series.names == ["NDVI"]


def test_a_tile_without_a_quality_band_of_its_extent_is_refused(tiles, tmp_path, write):
    for seed, (name, (row, col, height, width)) in enumerate(list(TILES.items())[:3]):
        for day in DAYS:
            path = tiles / f"{name}_{day}T10500{seed}_SCL.tif"
            write(path, np.zeros((height, width), np.uint8), transform=corner(row, col))
    with pytest.raises(RegionwiseError, match=r"T18TXM_20200612T105003_NDVI.tif has no quality band of its own extent"):
        made(tmp_path, folder=str(tiles), quality_band="SCL", good_values="0")


def test_one_quality_band_may_cover_all_tiles(tiles, tmp_path, write):
    quality = whole(9, 2, np.uint8)
    for day in DAYS:
        write(tiles / f"SCL_{day}.tif", quality)
    _, values, _ = made(tmp_path, folder=str(tiles), quality_band="SCL", good_values="0")
    np.testing.assert_array_equal(values[0], np.where(covered() & (quality == 0), whole(0), np.nan))


def test_scales_hold_in_tiles_and_floats_without_a_nodata_value_have_gaps(tmp_path, write):
    folder, known = tmp_path / "tiles", np.zeros(SIZE, bool)
    folder.mkdir()
    for name, (row, col, height, width) in TILES.items():
        known[row + 2 : row + height, col : col + width] = True
        for seed, day in enumerate(DAYS):
            part = whole(seed, kind=np.float32)[row : row + height, col : col + width]
            part[:2] = np.nan
            write(folder / f"{name}_{day}_NDVI.tif", part, transform=corner(row, col))
    _, values, _ = made(tmp_path, folder=str(folder), scale="0.5:3")
    np.testing.assert_allclose(values[0], np.where(known, whole(0) * 0.5 + 3, np.nan)[: values.shape[1]])


def test_periods_and_layers_are_of_the_whole(tiles, tmp_path):
    changes = {"folder": str(tiles), "period": "monthly", "layers": str(tmp_path / "layers")}
    (tiles / "T18TYN_20200712T105000_NDVI.tif").write_bytes((tiles / "T18TYN_20200628T105000_NDVI.tif").read_bytes())
    _, values, _ = made(tmp_path, **changes)
    np.testing.assert_allclose(values[0], np.where(covered(), (whole(0) + whole(1).astype(float)) / 2, np.nan))
    np.testing.assert_array_equal(read_raster(tmp_path / "layers" / "2020-06-01.vrt")[0][0], values[0])
    plain = made(tmp_path, folder=str(tiles), layers=str(tmp_path / "dates"))[1]
    np.testing.assert_array_equal(read_raster(tmp_path / "dates" / "2020-06-28.vrt")[0][0], plain[1])


def test_a_mosaic_can_be_moved_with_its_tiles(tiles, tmp_path):
    made(tmp_path, folder=str(tiles), output=str(tiles / "series.json"))
    moved = tiles.rename(tmp_path / "elsewhere")
    np.testing.assert_array_equal(
        read_raster(read_series(str(moved / "series.json")).raster)[0][1], np.where(covered(), whole(1), np.nan)
    )


def test_tiles_of_other_cells_are_refused(tiles, tmp_path, write):
    write(tiles / "T18TZN_20200612T105004_NDVI.tif", whole(0), transform=corner(0.5, 0))
    with pytest.raises(RegionwiseError, match=r"T18TZN_20200612T105004_NDVI.tif' is on another grid"):
        made(tmp_path, folder=str(tiles))


def test_single_files_are_as_without_the_switch(tmp_path, write):
    folder = tmp_path / "images"
    folder.mkdir()
    for seed, day in enumerate(DAYS):
        write(folder / f"NDVI_{day}.tif", whole(seed), nodata=NODATA)
    _, values, _ = made(tmp_path, folder=str(folder))
    plain = made(tmp_path, folder=str(folder), mosaic=False)[1]
    np.testing.assert_array_equal(values, plain)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 9), st.integers(1, 9)),
                min_size=2, max_size=5))  # fmt: skip
def test_the_grid_covers_all_tiles_and_no_more(tmp_path_factory, write, parts):
    folder = tmp_path_factory.mktemp("tiles")
    for number, (row, col, height, width) in enumerate(parts):
        for day in DAYS:
            path = folder / f"NDVI_{day}-0000000000-{number:010d}.tif"
            write(path, np.full((height, width), number, np.int16), transform=corner(row, col))
    series, values, _ = made(folder, folder=str(folder), output=str(folder / "series.json"), bands="")
    top, left = min(part[0] for part in parts), min(part[1] for part in parts)
    expected = np.full((max(p[0] + p[2] for p in parts) - top, max(p[1] + p[3] for p in parts) - left), np.nan)
    for number, (row, col, height, width) in reversed(list(enumerate(parts))):
        expected[row - top : row - top + height, col - left : col - left + width] = number
    np.testing.assert_array_equal(values[0], expected)
    with rasterio.open(series.raster) as file:
        assert file.transform == corner(top, left)
    shutil.rmtree(folder)


def test_switch_is_off_by_default():
    assert not replace(SeriesMaking(folder="x", output="y")).mosaic
