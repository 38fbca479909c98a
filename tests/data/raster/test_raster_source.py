"""Raster sources: numbers are read as what they mean in QGIS, whatever the file is like; else they are refused."""

from __future__ import annotations

import contextlib
import itertools

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer, NodataRange
from regionwise.core.data.raster.raster_source import AS_STORED
from regionwise.core.data.raster.stack import Stack
from regionwise.core.data.raster.tiles import Tile
from regionwise.core.runtime.input_log import collect_inputs, inputs_read

UTM = CRS.from_epsg(32648)
NORTH_UP = Affine(90, 0, 500_000, 0, -90, 3_300_000)
WORLD = Affine(1, 0, 0, 0, -1, 90)  # longitudes from 0 to 360


@contextlib.contextmanager
def made(path, values, crs=UTM, transform=NORTH_UP, colours=None, **profile):
    """A GeoTIFF that is open for more; shape (band, row, col)."""
    count, height, width = values.shape
    profile = {"driver": "GTiff", "count": count, "height": height, "width": width, "dtype": values.dtype, **profile}
    with rasterio.open(path, "w", crs=crs, transform=transform, **profile) as file:
        if colours:  # they are told before the numbers, or a side-car would hold them
            file.colorinterp = colours
        file.write(values)
        yield file


def read(layer, **options):
    """All bands and names of a layer, and what was said about it."""
    with collect_inputs(lambda text: None), Stack({"day": [layer]}, **options) as stack:
        return stack.read(stack.grid.area), stack.names, inputs_read()[0]


def test_scale_and_offset_give_what_a_float_raster_holds(tmp_path):
    numbers = np.array([[[-2, 0], [5000, 32767]], [[1, 2], [3, 4]]], np.int16)
    with made(tmp_path / "a.tif", numbers) as file:
        file.scales, file.offsets = (0.0001, 0.1), (-0.1, 0)
    values, _, row = read(Layer(str(tmp_path / "a.tif")))
    np.testing.assert_array_equal(values[0], (numbers[0] * 0.0001 - 0.1).astype(np.float32))
    np.testing.assert_array_equal(values[1], (numbers[1] * 0.1).astype(np.float32))
    assert "numbers of a_1 are multiplied by 0.0001, and -0.1 is added" in row["changed"]
    assert row["scale"] == "0.0001 -0.1, 0.1"


def test_nodata_is_told_before_numbers_are_scaled(tmp_path):
    with made(tmp_path / "a.tif", np.array([[[0, 10], [20, 30]]], np.uint8), nodata=10) as file:
        file.scales = (0.1,)
    values, _, _ = read(Layer(str(tmp_path / "a.tif")))
    np.testing.assert_allclose(values, [[[0, np.nan], [2, 3]]])


def test_scales_that_are_given_count_before_those_of_the_file(tmp_path):
    with made(tmp_path / "a.tif", np.array([[[1, 2], [3, 4]]] * 2, np.int16)) as file:
        file.scales, file.descriptions = (0.1, 0.1), ("RED", "NIR")
    layer = Layer(str(tmp_path / "a.tif"))
    np.testing.assert_allclose(read(layer, scales={"RED": (2.0, 1.0)})[0][:, 0, 0], [3, 0.1])
    np.testing.assert_array_equal(read(layer, scales=AS_STORED)[0][:, 0, 0], [1, 1])


@pytest.mark.parametrize("inside", [True, False])
def test_a_mask_of_the_file_holds_and_so_does_its_nodata_value(tmp_path, inside):
    mask = np.array([[0, 255], [255, 255]], np.uint8)
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=inside),
        made(tmp_path / "a.tif", np.array([[[1, 2], [3, 9]]], np.int16), nodata=9) as file,
    ):
        file.write_mask(mask)
    assert (tmp_path / "a.tif.msk").exists() is not inside
    values, _, row = read(Layer(str(tmp_path / "a.tif")))
    np.testing.assert_array_equal(values, [[[np.nan, 2], [3, np.nan]]])
    assert "its mask says where there are no data" in row["changed"]


def test_an_alpha_band_is_a_mask_and_no_band(tmp_path):
    values = np.array([[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[0, 255], [255, 128]]], np.uint8)
    with made(tmp_path / "a.tif", values, colours=(ColorInterp.gray, ColorInterp.undefined, ColorInterp.alpha)):
        pass
    out, names, row = read(Layer(str(tmp_path / "a.tif")))
    assert names == ["a_1", "a_2"]
    np.testing.assert_array_equal(np.isnan(out), [[[True, False], [False, False]]] * 2)
    assert "band 3 is an alpha band" in row["changed"]


def test_an_alpha_band_alone_is_refused(tmp_path):
    with made(tmp_path / "a.tif", np.ones((1, 2, 2), np.uint8), colours=(ColorInterp.alpha,)):
        pass
    with pytest.raises(RegionwiseError, match="no band besides its alpha band"):
        read(Layer(str(tmp_path / "a.tif")))


def test_nodata_that_was_added_in_qgis_counts_after_the_scale(tmp_path):
    numbers = np.arange(16, dtype=np.int16).reshape(1, 4, 4)
    with made(tmp_path / "a.tif", np.concatenate([numbers, numbers])) as file:
        file.scales = (0.1, 1)
    spans = (NodataRange(1, 0.3, 0.3), NodataRange(2, 4, 6))
    values, _, row = read(Layer(str(tmp_path / "a.tif"), nodata=spans))
    assert np.flatnonzero(np.isnan(values[0])).tolist() == [3]
    assert np.flatnonzero(np.isnan(values[1])).tolist() == [4, 5, 6]
    assert "4 to 6 in band 2 is no data" in row["changed"]


def test_a_nodata_value_that_was_switched_off_in_qgis_is_data(tmp_path):
    with made(tmp_path / "a.tif", np.array([[[0, 1], [2, 3]]] * 2, np.uint8), nodata=0):
        pass
    values, _, _ = read(Layer(str(tmp_path / "a.tif"), all_data=(2,)))
    assert np.isnan(values[0, 0, 0])
    assert values[1, 0, 0] == 0


def test_the_crs_set_in_qgis_counts_and_is_said(tmp_path):
    with made(tmp_path / "a.tif", np.ones((1, 2, 2), np.float32)):
        pass
    path = str(tmp_path / "a.tif")
    with collect_inputs(lambda text: None), Stack({"day": [Layer(path, crs="EPSG:32647")]}) as stack:
        assert stack.grid.crs == CRS.from_epsg(32647)
        assert "EPSG:32647, as set in QGIS, and not EPSG:32648" in inputs_read()[0]["changed"]
    assert read(Layer(path, crs=UTM.to_wkt()))[2]["changed"] == ""
    with pytest.raises(RegionwiseError, match="CRS of raster .* cannot be read"):
        read(Layer(path, crs="EPSG:1"))


@pytest.mark.parametrize("compound", ["EPSG:32648+5773", "EPSG:32648+8228"])
def test_a_compound_crs_lies_where_its_horizontal_part_does(tmp_path, write, compound):
    flat = write(tmp_path / "flat.tif", np.ones((3, 3), np.float32))
    with made(tmp_path / "high.tif", np.full((1, 3, 3), 2, np.float32), crs=CRS.from_user_input(compound)):
        pass
    with Stack({"day": [flat, Layer(str(tmp_path / "high.tif"))]}, "refuse") as stack:
        assert (stack.read(stack.grid.area)[1] == 2).all()
    with Stack({"day": [Layer(str(tmp_path / "high.tif"))]}) as stack:
        assert stack.grid.crs == UTM


def test_ground_control_points_sensor_models_and_no_georeference_are_refused(tmp_path):
    values = np.ones((1, 4, 4), np.float32)
    points = [GroundControlPoint(row, col, 1e5 + 90 * col, 3e6 - 90 * row) for row in (0, 4) for col in (0, 4)]
    with made(tmp_path / "gcp.tif", values, transform=None, gcps=points):
        pass
    with made(tmp_path / "bare.tif", values, transform=Affine.identity()):
        pass
    with pytest.raises(RegionwiseError, match=r"placed by 4 ground control points, not on a grid.*Warp it"):
        read(Layer(str(tmp_path / "gcp.tif"), crs="EPSG:32648"))
    with pytest.raises(RegionwiseError, match=r"has no georeference.*Georeferencer"):
        read(Layer(str(tmp_path / "bare.tif")))


def test_a_sensor_model_is_refused(tmp_path):
    terms = " ".join(["1", *["0"] * 19])
    with made(tmp_path / "rpc.tif", np.ones((1, 4, 4), np.float32), transform=None) as file:
        scalars = dict.fromkeys(("LINE_OFF", "SAMP_OFF", "LAT_OFF", "LONG_OFF", "HEIGHT_OFF"), "0")
        scalars |= dict.fromkeys(("LINE_SCALE", "SAMP_SCALE", "LAT_SCALE", "LONG_SCALE", "HEIGHT_SCALE"), "1")
        parts = ("LINE_NUM", "LINE_DEN", "SAMP_NUM", "SAMP_DEN")
        file.update_tags(ns="RPC", **scalars, **{f"{part}_COEFF": terms for part in parts})
    with pytest.raises(RegionwiseError, match=r"placed by a sensor model \(RPC\)"):
        read(Layer(str(tmp_path / "rpc.tif"), crs="EPSG:4326"))


def test_rotated_rasters_and_pixel_centres_stay_right(tmp_path):
    turned = NORTH_UP @ Affine.rotation(30)
    with made(tmp_path / "a.tif", np.arange(12, dtype=np.float32).reshape(1, 3, 4), transform=turned):
        pass
    with made(tmp_path / "b.tif", np.arange(12, dtype=np.float32).reshape(1, 3, 4)) as file:
        file.update_tags(AREA_OR_POINT="Point")
    for name, transform in (("a", turned), ("b", NORTH_UP)):
        with Stack({"day": [Layer(str(tmp_path / f"{name}.tif"))]}) as stack:
            places = np.array([transform @ (col + 0.5, row + 0.5) for row in range(3) for col in range(4)])
            np.testing.assert_array_equal(stack.values_at(places)[:, 0], np.arange(12))


@pytest.mark.parametrize("kind", [np.int32, np.uint32, np.int64, np.uint64, np.float64])
def test_whole_numbers_are_exact_or_refused(tmp_path, kind):
    small = np.array([[[0, 2**24 - 1], [2**24, 2**25]]], kind)
    large = np.array([[[2**24 + 1, 2**24 + 2], [2**24 + 3, 5]]], kind)
    for name, values in (("small", small), ("large", large)):
        with made(tmp_path / f"{name}.tif", values):
            pass
    np.testing.assert_array_equal(read(Layer(str(tmp_path / "small.tif")))[0], small)
    with pytest.raises(RegionwiseError, match=r"whole number 16777217.*reclassify"):
        Stack({"day": [Layer(str(tmp_path / "large.tif"))]}).__enter__()


def test_a_large_number_that_a_look_misses_is_refused_when_it_is_read(tmp_path):
    values = np.ones((1, 700, 700), np.int32)
    values[0, 1, 1] = 2**24 + 1
    with made(tmp_path / "a.tif", values):
        pass
    with pytest.raises(RegionwiseError, match="16777217"):
        read(Layer(str(tmp_path / "a.tif")))


def test_fractions_of_float64_are_no_codes(tmp_path):
    with made(tmp_path / "a.tif", np.array([[[1e9 + 0.5, 3.3], [-2e8 - 0.25, 0]]], np.float64)):
        pass
    assert read(Layer(str(tmp_path / "a.tif")))[0][0, 0, 0] == np.float32(1e9)


@pytest.mark.parametrize("nodata", [-(2**63), 2**60 + 1])
def test_nodata_of_int64_is_exact(tmp_path, nodata):
    beside = nodata + 1 if nodata < 0 else nodata - 1  # the same number in float64
    with made(tmp_path / "a.tif", np.array([[[nodata, 2], [3, beside]]], np.int64)):
        pass
    rasterio.shutil.copy(tmp_path / "a.tif", tmp_path / "a.vrt", driver="VRT")
    text = (tmp_path / "a.vrt").read_text()
    told = f"<NoDataValue>{nodata}</NoDataValue>"
    (tmp_path / "a.vrt").write_text(text.replace("<ColorInterp>", f"{told}<ColorInterp>"))
    if nodata < 0:  # float32 does not hold what lies beside it
        with pytest.raises(RegionwiseError, match="whole number"):
            read(Layer(str(tmp_path / "a.vrt")))
        return
    np.testing.assert_array_equal(read(Layer(str(tmp_path / "a.vrt")))[0], [[[np.nan, 2], [3, np.float32(beside)]]])


@pytest.mark.parametrize("nodata", [0.1, -9999.0, 1e20, float(np.finfo(np.float32).min)])
def test_nodata_of_float32_is_found_however_it_is_rounded(tmp_path, nodata):
    with made(tmp_path / "a.tif", np.array([[[nodata, 2], [3, 0.2]]], np.float32), nodata=nodata):
        pass
    np.testing.assert_array_equal(np.isnan(read(Layer(str(tmp_path / "a.tif")))[0]), [[[True, False], [False, False]]])


def test_complex_numbers_are_refused(tmp_path):
    with made(tmp_path / "a.tif", np.ones((1, 2, 2), np.complex64)):
        pass
    with pytest.raises(RegionwiseError, match=r"Band 1 of raster .* complex numbers"):
        read(Layer(str(tmp_path / "a.tif")))


def world_of(path, transform=WORLD, width=360):
    values = np.arange(180 * width, dtype=np.float32).reshape(1, 180, width)
    with made(path, values, crs=CRS.from_epsg(4326), transform=transform):
        pass
    return values[0]


def test_longitudes_from_0_to_360_lie_where_they_belong(tmp_path):
    values = world_of(tmp_path / "a.tif")
    with collect_inputs(lambda text: None), Stack({"day": [Layer(str(tmp_path / "a.tif"))]}) as stack:
        assert stack.grid.bounds == (-180, -90, 180, 90)
        for lon, lat in ((-170.5, 0.5), (-0.5, 45.5), (0.5, 45.5), (179.5, -80.5), (-179.5, 3.5)):
            expected = values[int(90 - lat), int(lon % 360)]
            assert stack.values_at(np.array([[lon, lat]]))[0, 0] == expected
        whole = stack.read(stack.grid.area)[0]
        np.testing.assert_array_equal(whole, np.roll(values, 180, 1))
        assert "wrapped to -180 to 180" in inputs_read()[0]["changed"]


def test_a_western_raster_beyond_180_degrees_is_moved(tmp_path):
    values = world_of(tmp_path / "a.tif", WORLD @ Affine.translation(200, 0), 100)
    with Stack({"day": [Layer(str(tmp_path / "a.tif"))]}) as stack:
        assert stack.grid.bounds[0] == -160
        assert stack.values_at(np.array([[-159.5, 89.5]]))[0, 0] == values[0, 0]


def test_a_raster_across_the_date_line_and_one_from_minus_180_stay(tmp_path):
    for left, width in ((170, 20), (-180, 360)):
        world_of(tmp_path / "a.tif", WORLD @ Affine.translation(left, 0), width)
        values, _, row = read(Layer(str(tmp_path / "a.tif")))
        assert (values.shape[2], row["changed"]) == (width, "")


def test_a_container_of_several_rasters_is_refused_with_their_names(tmp_path):
    with made(tmp_path / "a.gpkg", np.ones((1, 3, 3), np.uint8), driver="GPKG", RASTER_TABLE="one"):
        pass
    values = np.full((1, 3, 3), 2, np.uint8)
    with made(tmp_path / "a.gpkg", values, driver="GPKG", RASTER_TABLE="two", APPEND_SUBDATASET="YES"):
        pass
    with pytest.raises(RegionwiseError, match=r"holds 2 rasters.*GPKG:.*one.*two"):
        read(Layer(str(tmp_path / "a.gpkg")))
    out, names, _ = read(Layer(f"GPKG:{tmp_path / 'a.gpkg'}:two"))
    assert names[0].startswith("two")
    assert (out[0] == 2).all()


def test_hdf4_and_unknown_formats_say_what_to_do(tmp_path):
    (tmp_path / "a.hdf").write_bytes(b"\x0e\x03\x13\x01" + bytes(100))
    (tmp_path / "b.dat").write_bytes(b"nothing" * 20)
    with pytest.raises(RegionwiseError, match=r"HDF4, which the engine cannot read.*GeoTIFF"):
        read(Layer(str(tmp_path / "a.hdf")))
    with pytest.raises(RegionwiseError, match=r"HDF4, which the engine cannot read"):
        read(Layer(f"HDF4_EOS:EOS_GRID:{tmp_path / 'a.hdf'}:grid:NDVI"))
    with pytest.raises(RegionwiseError, match=r"format that the engine cannot read.*GeoTIFF"):
        read(Layer(str(tmp_path / "b.dat")))
    with pytest.raises(RegionwiseError, match=r"cannot be read.*exists and is complete"):
        read(Layer(str(tmp_path / "none.tif")))


def test_a_virtual_raster_keeps_scale_and_mask_of_its_own(tmp_path):
    with made(tmp_path / "a.tif", np.array([[[1, 2], [3, 4]]], np.int16), nodata=1) as file:
        file.scales = (0.5,)
    rasterio.shutil.copy(tmp_path / "a.tif", tmp_path / "a.vrt", driver="VRT")
    np.testing.assert_array_equal(read(Layer(str(tmp_path / "a.vrt")))[0], [[[np.nan, 1], [1.5, 2]]])


kinds = st.sampled_from([np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])


@settings(max_examples=60)
@given(
    kind=kinds,
    bands=st.integers(1, 3),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    nodata=st.sampled_from([None, 0, 7, 200]),
    mask=st.sampled_from(["none", "internal", "file", "alpha"]),
    scale=st.sampled_from([(1.0, 0.0), (0.0001, 0.0), (0.5, -3.0)]),
    block=st.sampled_from([None, 16, 32]),
    seed=st.integers(0, 99),
    tile=st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 20), st.integers(1, 20)),
)
def test_any_mixture_of_type_nodata_mask_scale_and_blocks_reads_as_numpy_says(
    tmp_path_factory, kind, bands, height, width, nodata, mask, scale, block, seed, tile
):
    rng, path = np.random.default_rng(seed), tmp_path_factory.mktemp("r") / "a.tif"
    numbers = rng.integers(0, 255, (bands, height, width)).astype(kind)
    valid = rng.random((height, width)) > 0.3
    expected = (numbers.astype(np.float64) * scale[0] + scale[1]).astype(np.float32)
    stored = numbers
    if nodata is not None:
        expected[numbers == nodata] = np.nan
    if mask == "alpha":
        stored = np.concatenate([numbers, (valid * 255).astype(kind)[None]])
    if mask != "none":
        expected[:, ~valid] = np.nan
    alpha = [ColorInterp.gray, *[ColorInterp.undefined] * (bands - 1), ColorInterp.alpha]
    blocks = {} if block is None else {"tiled": True, "blockxsize": block, "blockysize": block}
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=mask == "internal"),
        made(path, stored, nodata=nodata, colours=alpha if mask == "alpha" else None, **blocks) as file,
    ):
        file.scales, file.offsets = [scale[0]] * len(stored), [scale[1]] * len(stored)
        if mask in ("internal", "file"):
            file.write_mask((valid * 255).astype(np.uint8))
    with Stack({"day": [Layer(str(path))]}) as stack:
        np.testing.assert_array_equal(stack.read(stack.grid.area), expected)
        row, col, rows, cols = tile
        window = stack.read(Tile(row, col, rows, cols))
        for r, c in itertools.product(range(rows), range(cols)):
            inside = row + r < height and col + c < width
            cell = expected[:, row + r, col + c] if inside else np.full(bands, np.nan)
            np.testing.assert_array_equal(window[:, r, c], cell)


def test_ranges_of_qgis_are_on_the_scale_of_the_file_whatever_is_applied(tmp_path):
    with made(tmp_path / "a.tif", np.array([[[50, 200], [3000, 8000]]], np.int16)) as file:
        file.scales = (0.0001,)
    layer = Layer(str(tmp_path / "a.tif"), nodata=(NodataRange(1, 0, 0.01),))
    for scales, expected in (
        (None, [0.02, 0.3, 0.8]),
        (AS_STORED, [200, 3000, 8000]),
        ({"": (2.0, 1.0)}, [401, 6001, 16001]),
    ):
        values = read(layer, scales=scales)[0].ravel()
        assert np.isnan(values[0])
        np.testing.assert_allclose(values[1:], expected, rtol=1e-6)


def test_a_scale_of_zero_is_none_and_one_that_is_no_number_is_refused(tmp_path):
    for scale in (0.0, float("nan")):
        with made(tmp_path / f"{scale}.tif", np.array([[[1, 2], [3, 4]]], np.int16)) as file:
            file.scales = (scale,)
    values, _, row = read(Layer(str(tmp_path / "0.0.tif")))
    np.testing.assert_array_equal(values, [[[1, 2], [3, 4]]])
    assert "the scale 0 of band 1 is taken as 1" in row["changed"]
    with pytest.raises(RegionwiseError, match="Band 1 of raster .* has the scale nan"):
        read(Layer(str(tmp_path / "nan.tif")))


def test_bands_of_different_types_are_read_together(tmp_path):
    parts = {"UInt16": np.array([[[1, 2], [3, 4]]], np.uint16), "Float32": np.full((1, 2, 2), 0.5, np.float32)}
    bands = ""
    for number, (kind, values) in enumerate(parts.items(), 1):
        with made(tmp_path / f"{kind}.tif", values):
            pass
        bands += f"""<VRTRasterBand dataType="{kind}" band="{number}"><SimpleSource>
            <SourceFilename relativeToVRT="1">{kind}.tif</SourceFilename><SourceBand>1</SourceBand>
            </SimpleSource></VRTRasterBand>"""
    (tmp_path / "a.vrt").write_text(
        f"""<VRTDataset rasterXSize="2" rasterYSize="2"><SRS>EPSG:32648</SRS>
        <GeoTransform>500000, 90, 0, 3300000, 0, -90</GeoTransform>{bands}</VRTDataset>"""
    )
    np.testing.assert_array_equal(read(Layer(str(tmp_path / "a.vrt")))[0], np.concatenate(list(parts.values())))
