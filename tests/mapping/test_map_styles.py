"""Map styles: ramps by what numbers mean, round ends, legends in words, and colours that can be told apart."""

from dataclasses import replace
from functools import partial
from xml.etree.ElementTree import parse

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from regionwise.core.mapping.styles import map_styles as styles
from regionwise.core.mapping.styles.map_styles import Ramp, class_colours, lighter
from regionwise.core.mapping.styles.stretches import mirrored_stretch, round_stretch
from regionwise.core.mapping.styles.style_files import write_common_style, write_style
from regionwise.core.reports import palette

numbers = partial(st.floats, allow_subnormal=False)  # libraries of networks may have switched the smallest off


def shown(path):
    """Return the band, the kind and the lines (value, label, colour) of a side-car."""
    renderer = parse(path.with_suffix(".qml")).getroot().find("pipe/rasterrenderer")
    lines = [*renderer.iter("item"), *renderer.iter("paletteEntry")]
    found = [(float(line.get("value")), line.get("label"), line.get("color")) for line in lines]
    return int(renderer.get("band")), renderer.get("type"), found


@pytest.fixture
def raster(tmp_path, write):
    def make(values, name="map.tif", **more):
        return tmp_path / write(tmp_path / name, np.asarray(values, np.float32), **more).path

    return make


def test_a_share_is_drawn_from_0_to_100_percent_whatever_the_map_holds(raster):
    path = raster([[0.2, 0.3]])
    write_style(path, styles.SHARE)
    band, kind, lines = shown(path)
    assert (band, kind) == (1, "singlebandpseudocolor")
    assert [(value, label) for value, label, _ in lines] == [
        (0, "0 %"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1, "100 %"),
    ]  # fmt: skip
    assert tuple(colour for *_, colour in lines) == palette.SHARE


def test_doubt_opens_on_its_band_and_ends_where_the_numbers_do(raster):
    path = raster([[[9.0, 9.0]], [[0.02, 0.11]]], names=["entropy", "deviation"])
    write_style(path, styles.SHARE_DOUBT)
    band, _, lines = shown(path)
    assert band == 2
    assert lines[0][:2] == (0, "± 0 %") and lines[-1][:2] == (0.2, "± 20 %")
    assert lines[-1][2] == palette.DOUBT[-1]


def test_errors_are_drawn_on_a_scale_of_their_size_with_0_in_the_middle(raster):
    path = raster(np.linspace(-0.1, 0.5, 200).reshape(1, 1, -1))
    write_style(path, styles.DIFFERENCE)
    lines = shown(path)[2]
    assert lines[0][0] == -lines[-1][0] and lines[2][:2] == (0, "0")
    assert 0.45 < lines[-1][0] <= 0.6
    assert lines[-1][1].startswith("+")


def test_years_share_one_stretch(raster):
    bands = np.stack([np.full((1, 4), low) for low in (0.1, 0.9)])
    path = raster(bands)
    write_style(path, styles.INDEX)
    lines = shown(path)[2]
    assert lines[0][0] <= 0.1 and lines[-1][0] >= 0.9
    write_style(path, replace(styles.INDEX, together=1))
    assert shown(path)[2][-1][0] < 0.9


def test_files_of_years_get_the_same_style(raster):
    paths = [raster([[low, low + 0.1]], f"{number}.tif") for number, low in enumerate((-0.3, 0.2, 0.7))]
    write_common_style(paths, styles.INDEX)
    contents = {path.with_suffix(".qml").read_text() for path in paths}
    assert len(contents) == 1
    lines = shown(paths[0])[2]
    assert lines[0][0] <= -0.3 and lines[-1][0] >= 0.8


def test_the_unit_of_a_band_stands_in_the_legend(raster, tmp_path):
    import rasterio

    path = raster([[1.0, 40.0]])
    with rasterio.open(path, "r+") as file:
        file.units = ["degrees"]
    write_style(path, styles.STEEPNESS)
    assert shown(path)[2][-1][:2] == (40, "40 degrees")


def test_a_raster_without_data_has_a_style_all_the_same(raster):
    path = raster([[np.nan, np.nan]])
    for style in (styles.INDEX, styles.DIFFERENCE, styles.PROBABILITY):
        write_style(path, style)
        values = [value for value, *_ in shown(path)[2]]
        assert values == sorted(set(values))


def test_confidence_is_told_in_words(raster):
    path = raster([[0.5, 0.9]])
    write_style(path, styles.CONFIDENCE)
    assert shown(path)[2][3][1] == "as good as a map that is right in 75 % of places"


def test_where_scores_hold_is_told_in_words_on_the_band_that_says_it(raster):
    path = raster(np.zeros((4, 1, 2)), names=["dissimilarity", "inside", "density", "expected_error"])
    write_style(path, styles.APPLICABILITY)
    band, kind, lines = shown(path)
    assert (band, kind) == (2, "paletted")
    assert [colour for *_, colour in lines] == [palette.OUTSIDE, palette.INSIDE]
    assert lines[1][1].startswith("inside: like the samples")
    assert not path.with_name("map.tif.aux.xml").exists()  # its numbers are no classes to other tools


def test_unchanged_land_is_quiet_among_transitions():
    found = styles.transition_colours([True, False, True, False]).colours
    assert found == (palette.NOTHING, palette.CATEGORIES[0], palette.NOTHING, palette.CATEGORIES[1])


def test_colours_of_a_user_count_before_those_of_the_palette():
    style = styles.ClassColours(by_name={"rice": "#123456"})
    assert style.colours_of(["maize", "rice"]) == [palette.CATEGORIES[0], "#123456"]


def test_classes_have_colours_of_their_own_and_the_first_never_change():
    many = class_colours(60)
    assert len(set(many)) == 60
    assert many[:3] == class_colours(3) == list(palette.CATEGORIES[:3])


def test_every_ramp_has_as_many_colours_as_stops():
    ramps = [value for value in vars(styles).values() if isinstance(value, Ramp)] + list(styles.TERRAIN.values())
    assert len(ramps) > 15
    assert {len(ramp.colours) for ramp in ramps} == {styles.STOPS}


@given(numbers(-1e4, 1e4), numbers(1e-4, 1e4))
def test_a_stretch_holds_the_numbers_and_has_round_steps(low, width):
    start, end = round_stretch(low, low + width)
    slack = 1e-6 * (abs(low) + width)
    assert start <= low + slack and end >= low + width - slack
    assert end - start <= 10 * width + 20 * slack
    step = (end - start) / 4
    mantissa = step / 10 ** np.floor(np.log10(step) + 1e-9)
    assert min(abs(mantissa - each) for each in (1, 2, 2.5, 5, 10)) < 1e-3


@given(numbers(-1e3, 1e3), numbers(0, 1e3))
def test_a_mirrored_stretch_holds_both_ends(low, width):
    start, end = mirrored_stretch(low, low + width)
    assert start == -end
    assert end >= max(abs(low), abs(low + width)) * (1 - 1e-9)


def test_paler_is_nearer_to_white():
    assert lighter("#000000", 0.5) == "#808080"
    assert lighter("#0072b2", 0.0) == "#0072b2"
