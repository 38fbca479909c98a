"""Heights: their unit from band, CRS or parameter, fills that stand for no data, and zeros beside heights."""

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.families.susceptibility import heights as reading
from regionwise.core.families.susceptibility.terrain_factors import derive_terrain
from regionwise.core.families.susceptibility.terrain_params import TerrainDerivation
from regionwise.core.runtime.input_log import collect_inputs
from support import read_raster, run_task

FEET_HIGH = CRS.from_user_input("EPSG:32648+8228")  # NAVD88 height (ft)
SURVEY_FEET_HIGH = CRS.from_user_input("EPSG:32648+6360")  # NAVD88 height (ftUS)
METRES_HIGH = CRS.from_user_input("EPSG:32648+5773")
RISE = 0.2  # of a plane to the east: 11.3 degrees


def plane(side=30, base=500.0):
    return (base + np.arange(side) * 90 * RISE + np.zeros((side, 1))).astype(np.float64)


def slope_of(folder, write, values, unit="", **changes):
    """The slope in the middle of a DEM, and what was told of it."""
    options = {key: changes.pop(key) for key in ("crs", "nodata") if key in changes}
    layer = write(folder / "dem.tif", values, **options)
    with rasterio.open(layer.path, "r+") as file:
        file.units = [unit]
    told = []
    params = TerrainDerivation(dem=layer, output_folder=str(folder / "out"), **changes)
    with collect_inputs(told.append):
        run = run_task(derive_terrain, params, folder / "job")
    return read_raster(folder / "out" / "slope.tif")[0][0], run, "\n".join(told)


@pytest.mark.parametrize(
    ("unit", "crs", "chosen", "metres", "words"),
    [
        ("", None, "auto", 1, ""),
        ("m", None, "auto", 1, ""),
        ("ft", None, "auto", 0.3048, "'dem': heights in feet (unit of the band) are brought to metres."),
        ("US survey foot", None, "auto", 1200 / 3937, "heights in US survey feet (unit of the band)"),
        ("dm", None, "auto", 0.1, "heights in decimetres (unit of the band)"),
        ("", FEET_HIGH, "auto", 0.3048, "heights in feet"),  # GDAL gives the band the unit of the CRS
        ("", SURVEY_FEET_HIGH, "auto", 1200 / 3937, "heights in US survey feet"),
        ("", METRES_HIGH, "auto", 1, ""),
        ("", None, "ft", 0.3048, "heights in feet (as chosen)"),
        ("metre", FEET_HIGH, "auto", 1, "taken in metres (unit of the band); the CRS says feet, which does not count"),
        ("ft", METRES_HIGH, "auto", 0.3048, "(unit of the band) are brought to metres; the CRS says metres, which"),
        ("ft", None, "m", 1, "heights are taken in metres (as chosen); the band says feet, which does not count"),
        ("elevation", None, "cm", 0.01, "heights in centimetres (as chosen)"),
    ],
)
def test_heights_have_the_unit_of_the_parameter_else_of_the_band_else_of_the_crs(
    tmp_path, write, unit, crs, chosen, metres, words
):
    options = {"crs": crs} if crs else {}
    found, _, told = slope_of(tmp_path, write, plane() / metres, unit, height_unit=chosen, **options)
    np.testing.assert_allclose(found[3:-3, 3:-3], np.degrees(np.arctan(RISE)), rtol=1e-3)
    assert words in told if words else "heights" not in told


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        *((text, "m") for text in ("m", "M", "metre", "Meters", "metres", "Meter", "m a.s.l.", "meters (EGM96)")),
        *((text, "ft") for text in ("ft", "foot", "Feet", "international feet", "FOOT", "ft.")),
        *(
            (text, "us-ft")
            for text in ("US survey foot", "us-ft", "Foot_US", "U.S. Survey Feet", "ftUS", "survey_foot")
        ),
        *((text, "cm") for text in ("cm", "centimetre", "Centimeters")),
        ("decimeters", "dm"),
        *((text, "") for text in ("", "1", "degrees", "m/s", "K", "kg m-2")),
    ],
)
def test_units_are_known_as_programs_write_them(text, unit):
    assert reading._named(text) == unit


def test_the_vertical_part_of_a_crs_tells_the_unit_where_the_band_tells_none(tmp_path):
    for crs, unit in ((FEET_HIGH, "ft"), (SURVEY_FEET_HIGH, "us-ft"), (METRES_HIGH, "m"), (None, "")):
        assert reading._vertical(crs) == unit
    for code, unit in ((32648, ""), (4326, ""), (4979, "m")):
        assert reading._vertical(CRS.from_epsg(code)) == unit
    told = []
    with collect_inputs(told.append):
        assert reading._unit(Layer("dem.vrt", "dem"), "auto", "", [CRS.from_epsg(32648), FEET_HIGH]) == "ft"
    assert told == ["'dem': heights in feet (of the CRS) are brought to metres."]


def test_a_unit_that_is_none_of_heights_is_refused(tmp_path, write):
    with pytest.raises(RegionwiseError, match="has the unit 'K', which is none of heights.*say in Height unit"):
        slope_of(tmp_path, write, plane(), "K")


@pytest.mark.parametrize("fill", [-32768, -32767, -9999, 1e20, 3.4028234663852886e38, -3.4028234663852886e38])
def test_known_fills_are_no_data_and_counted(tmp_path, write, fill):
    holed = plane()
    holed[10:14, 5:9] = fill
    found, _, told = slope_of(tmp_path, write, holed.astype(np.float32))
    assert f"16 cells of {np.float32(fill):g} are taken as no data" in told
    assert np.isnan(found[10:14, 5:9]).all() and np.isfinite(found).sum() == 900 - 16
    np.testing.assert_allclose(found[np.isfinite(found)], np.degrees(np.arctan(RISE)), rtol=1e-3)


def test_fills_are_fills_in_feet_too(tmp_path, write):
    holed = plane() / 0.3048
    holed[10:14, 5:9] = -32768
    found, _, told = slope_of(tmp_path, write, holed.astype(np.float32), "ft")
    assert "16 cells of -32768 are taken as no data" in told
    np.testing.assert_allclose(found[np.isfinite(found)], np.degrees(np.arctan(RISE)), rtol=1e-3)


def test_a_depth_of_the_sea_is_no_fill(tmp_path, write):
    trench = np.round(plane(base=-10_200.0))  # passes -9999 among its like
    trench[0, 0] = -9999
    found, _, told = slope_of(tmp_path, write, trench)
    assert "no data" not in told and np.isfinite(found).all()


@pytest.mark.parametrize("value", [32767, 65535, -15000])
def test_heights_that_the_earth_has_not_are_refused(tmp_path, write, value):
    values = plane()
    values[3, 3] = value
    with pytest.raises(RegionwiseError, match=f"holds a height of {value}.*set it as the nodata value.*Height unit"):
        slope_of(tmp_path, write, values)


def test_feet_taken_for_metres_are_refused_above_the_highest_mountain_only_in_metres(tmp_path, write):
    high = plane(base=13_000.0)
    with pytest.raises(RegionwiseError, match="is none in metres.*choose the Height unit"):
        slope_of(tmp_path, write, high)
    found, _, _ = slope_of(tmp_path, write, high, height_unit="ft")
    np.testing.assert_allclose(found[3:-3, 3:-3], np.degrees(np.arctan(RISE * 0.3048)), rtol=1e-3)


def test_zeros_that_end_in_cliffs_are_told_and_not_changed(tmp_path, write):
    coast = plane()
    coast[:, :10] = 0
    found, run, _ = slope_of(tmp_path, write, coast)
    assert "300 cells are exactly 0, and on 100 % of their edge the next cell lies 20 m or more" in run.log
    assert "set it as the nodata value" in run.log
    assert found[15, 10] > 60  # it is computed as it stands
    coast[:, 10:] -= coast[0, 10] - 2  # a beach
    _, run, _ = slope_of(tmp_path, write, coast)
    assert "exactly 0" not in run.log


@given(st.integers(0, 3))
def test_zeros_are_found_on_any_side_and_across_parts(turns):
    heights = np.full((2100, 40), 300, np.float32)
    heights[1000:1050, 10:30] = 0
    text = reading.zeros_beside_heights(np.rot90(heights, turns))
    assert text.startswith("1000 cells are exactly 0, and on 100 % of their edge")
    heights[1000:1024], heights[1024:] = 300, 0  # whose only edge is that of two parts
    assert "on 100 % of their edge" in reading.zeros_beside_heights(heights)
    assert reading.zeros_beside_heights(np.rot90(np.full((50, 40), 300, np.float32), turns)) == ""
