"""Bands of next year's files, and of another sensor, are those that a model learned; what is missing is said."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import rasterio
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.raster.stack import Stack
from regionwise.core.learning.card import BandInfo
from regionwise.core.mapping.band_matching import match_bands
from regionwise.core.runtime.input_log import collect_inputs


def matched(tmp_path, write, wanted, **layers):
    """The names of the bands that stand for `wanted`, and what was said.

    Layers are lists of names by sensor; a number stands for so many bands without names, a pair for a name with its
    role.
    """
    sensors = {}
    for sensor, names in layers.items():
        count = names if isinstance(names, int) else len(names)
        pairs = [] if isinstance(names, int) else [name if isinstance(name, tuple) else (name, "") for name in names]
        values = np.random.default_rng(count).normal(size=(count, 3, 4)).astype(np.float32)
        layer = write(tmp_path / f"{sensor}.tif", values, names=tuple(name for name, _ in pairs) or None)
        with rasterio.open(layer.path, "r+") as file:
            for index, (_, role) in enumerate(pairs, 1):
                if role:
                    file.update_tags(index, ROLE=role)
        sensors[sensor] = [layer]
    said = []
    with collect_inputs(said.append), Stack(sensors) as stack:
        return [stack.names[i] for i in match_bands(wanted, stack)], " ".join(said)


def bands(*names, sensor="day", **facts):
    return [BandInfo(name, sensor, **facts) for name in names]


def test_names_that_are_all_there_need_no_word(tmp_path, write):
    assert matched(tmp_path, write, bands("B", "A"), day=["A", "C", "B"]) == (["B", "A"], "")


@pytest.mark.parametrize(
    ("learned", "given", "expected"),
    [
        (["S2_2020_1", "S2_2020_2"], ["S2_2021_1", "S2_2021_2"], [0, 1]),
        (["S2_2020_2", "S2_2020_10"], ["S2_2021_10", "S2_2021_2"], [1, 0]),
        (["RED 2020-06-01", "NIR 2020-06-01"], ["NIR_20210603", "RED_20210603"], [1, 0]),
        (["NDVI_2019", "NDVI_2020"], ["NDVI_2022", "NDVI_2021"], [1, 0]),
        (["LC08_20200318_B4", "LC08_20200318_B5"], ["LC08_20210405_B5", "LC08_20210405_B4"], [1, 0]),
        (["viirs 2020"], ["VIIRS-2021"], [0]),
    ],
)
def test_years_and_dates_in_names_do_not_count(tmp_path, write, learned, given, expected):
    found, said = matched(tmp_path, write, bands(*learned), day=given)
    assert found == [given[i] for i in expected]
    assert "bands are matched by names without" in said
    assert f"'{found[0]}' for '{learned[0]}'" in said


def test_roles_tell_the_bands_of_another_sensor(tmp_path, write):
    wanted = [BandInfo("B4", "day", role="RED"), BandInfo("B5", "day", role="NIR")]
    found, said = matched(tmp_path, write, wanted, day=[("B3", "RED"), ("B4x", "NIR"), ("B1", "BLUE")])
    assert found == ["B3", "B4x"]
    assert "matched by roles: 'B3' for 'B4'" in said
    assert matched(tmp_path, write, wanted, day=["NIR", "red"])[0] == ["red", "NIR"]


def test_the_order_counts_last_and_only_where_one_side_has_no_names(tmp_path, write):
    found, said = matched(tmp_path, write, bands("RED", "NIR"), day=2)
    assert found == ["day_1", "day_2"]
    assert "matched by order" in said and "'day_1' for 'RED'" in said
    unnamed = bands("old_1", "old_2", named=False)
    assert matched(tmp_path, write, unnamed, day=["RED", "NIR"])[0] == ["RED", "NIR"]
    with pytest.raises(RegionwiseError, match=r"needs the bands 'RED', 'NIR' \(day\), the layers have 'A', 'B'"):
        matched(tmp_path, write, bands("RED", "NIR"), day=["A", "B"])
    with pytest.raises(RegionwiseError, match=r"the layers have 'day_1', 'day_2', 'day_3'.*Describe bands"):
        matched(tmp_path, write, bands("RED", "NIR"), day=3)


def test_layers_of_one_band_are_known_by_their_names(tmp_path, write):
    """A slope is no aspect; only the one band of a day or night sensor needs no name."""
    layers = [write(tmp_path / f"{name}.tif", np.random.default_rng(0).normal(size=(3, 4))) for name in ("ntl", "ndvi")]
    with Stack({"factor": layers}) as stack, pytest.raises(RegionwiseError, match=r"\(factor\).*'ntl', 'ndvi'"):
        match_bands(bands("slope", "aspect", sensor="factor"), stack)
    with Stack({"factor": layers[:1]}) as stack, pytest.raises(RegionwiseError, match="'slope'"):
        match_bands(bands("slope", sensor="factor"), stack)
    with Stack({"night": layers[:1]}) as stack:
        assert match_bands(bands("viirs", sensor="night"), stack) == [0]


def test_bands_of_other_units_are_not_taken_in_order(tmp_path, write):
    layer = write(tmp_path / "t.tif", np.random.default_rng(0).normal(size=(1, 3, 4)).astype(np.float32))
    with rasterio.open(layer.path, "r+") as file:
        file.units = ("degC",)
    layer = dataclasses.replace(layer, name="other")
    with Stack({"day": [layer]}) as stack:
        assert match_bands([BandInfo("temperature", "day", "degC")], stack) == [0]
        with pytest.raises(RegionwiseError, match="needs the bands 'temperature'"):
            match_bands([BandInfo("temperature", "day", "K")], stack)


def test_each_sensor_is_matched_by_itself_and_all_that_is_missing_is_told(tmp_path, write):
    wanted = [*bands("S2_2020_1", "S2_2020_2"), *bands("viirs_2020", sensor="night")]
    found, _ = matched(tmp_path, write, wanted, day=["S2_2021_1", "S2_2021_2"], night=["viirs_2021"])
    assert found == ["S2_2021_1", "S2_2021_2", "viirs_2021"]
    with pytest.raises(RegionwiseError) as caught:
        matched(tmp_path, write, wanted, day=["A", "B"], night=["C", "D"])
    assert "(day)" in str(caught.value) and "(night)" in str(caught.value)


@pytest.mark.parametrize(
    ("learned", "given"),
    [
        (["refl_1990", "refl_2010"], ["refl_2010", "refl_2020"]),  # nanometres, or years: it cannot be told
        (["ndvi_2019_07"], ["ndvi_2020_01"]),
        (["may 2019 index"], ["october 2020 index"]),
    ],
)
def test_bands_that_are_there_keep_their_place_and_seasons_are_not_mixed(tmp_path, write, learned, given):
    with pytest.raises(RegionwiseError, match="needs the bands"):
        matched(tmp_path, write, bands(*learned, sensor="factor"), factor=given)


def test_bands_of_another_sensor_are_none(tmp_path, write):
    wanted = [*bands("a_2020", "c_2020"), *bands("b_2020", "d_2020", sensor="night")]
    with pytest.raises(RegionwiseError, match=r"\(day\), the layers have 'b_2021', 'c_2021'"):
        matched(tmp_path, write, wanted, day=["b_2021", "c_2021"], night=["a_2021", "d_2021"])


def test_a_band_is_never_matched_twice(tmp_path, write):
    with pytest.raises(RegionwiseError, match="needs the bands"):
        matched(tmp_path, write, bands("NDVI_2019", "NDVI_2020"), day=["NDVI_2021"])
    with pytest.raises(RegionwiseError, match="needs the bands"):
        matched(tmp_path, write, bands("NDVI_2019"), day=["NDVI_2020", "NDVI_2021"])


def defined(tmp_path, write, wanted, **definitions):
    """The names of the bands of a layer that stand for `wanted`, and what was said; bands tell their definitions."""
    values = np.zeros((len(definitions), 3, 4), np.float32)
    layer = write(tmp_path / "factors.tif", values, names=tuple(definitions))
    with rasterio.open(layer.path, "r+") as file:
        for index, text in enumerate(definitions.values(), 1):
            if text:
                file.update_tags(index, DEFINITION=text)
    said = []
    with collect_inputs(said.append), Stack({"day": [layer]}) as stack:
        assert [band.definition for band in stack.bands] == list(definitions.values())
        assert [BandInfo.of(band).definition for band in stack.bands] == list(definitions.values())
        return [stack.names[i] for i in match_bands(wanted, stack)], " ".join(said)


def test_bands_of_one_name_that_hold_different_things_are_refused(tmp_path, write):
    learned = bands("twi", definition="single flow") + bands("slope")
    assert defined(tmp_path, write, learned, slope="", twi="single flow") == (["twi", "slope"], "")
    with pytest.raises(
        RegionwiseError, match="band 'twi' is single flow; in 'factors.*' it is multiple flow. Derive it"
    ):
        defined(tmp_path, write, learned, slope="", twi="multiple flow")
    _, said = defined(tmp_path, write, learned, slope="", twi="")
    assert "it does not tell what 'twi' is; the model's is single flow" in said
    _, said = defined(tmp_path, write, bands("twi"), twi="multiple flow")
    assert "'twi' is multiple flow; the model does not tell what its own was" in said


def test_a_model_that_learned_contours_as_plan_curvature_maps_contours(tmp_path, write):
    """Before bands had definitions, 'Terrain factors' called the curvature of contours plan_curvature."""
    earlier = bands("slope", "plan_curvature")
    assert defined(tmp_path, write, earlier, slope="", plan_curvature="") == (["slope", "plan_curvature"], "")
    found, said = defined(tmp_path, write, earlier, slope="", plan_curvature="across", contour_curvature="contours")
    assert found == ["slope", "contour_curvature"]
    assert "'contour_curvature' is what the model learned as 'plan_curvature'" in said
    with pytest.raises(
        RegionwiseError, match="learned 'plan_curvature' before.*'contour_curvature'.*it is across. Give"
    ):
        defined(tmp_path, write, earlier, slope="", plan_curvature="across")
    today = bands("slope") + bands("plan_curvature", definition="across")
    found = defined(tmp_path, write, today, slope="", plan_curvature="across", contour_curvature="contours")
    assert found == (["slope", "plan_curvature"], "")
