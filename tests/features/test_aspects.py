"""Aspects are recognised in any language and unit, and cells without a direction are flat, not lost."""

from __future__ import annotations

import numpy as np
import pytest
from regionwise.core.data.raster.aspects import is_aspect
from regionwise.core.data.raster.stack import FACTOR, Stack
from regionwise.core.features.factor_features import CIRCULAR, NUMBER, FactorFeatures, read_factor_features, recognise
from regionwise.core.runtime.input_log import collect_inputs


def circle(count=400, turn=360.0, seed=0):
    return np.random.default_rng(seed).uniform(0, turn, count)


def encoded(factor, values):
    return np.array(factor.encode(np.asarray(values, np.float32)))


@pytest.mark.parametrize(
    "name", ["Aspect", "dem_aspect_30m", "Exposition", "orientación", "esposizione", "экспозиция склона", "坡向"]
)
def test_an_aspect_is_known_by_its_name_in_many_languages(name):
    assert is_aspect(name)
    factors, _ = recognise({name: circle()}, ())
    assert factors[0].kind == CIRCULAR


@pytest.mark.parametrize("name", ["aspect_sin", "cos_aspect", "aspect northness", "slope", "exposition_cos"])
def test_parts_of_an_aspect_and_others_are_none(name):
    assert not is_aspect(name)


def test_radians_are_degrees_of_another_circle():
    degrees = circle()
    (one,), said = recognise({"aspect": degrees}, ())
    (other,), said_of_radians = recognise({"aspect": np.radians(degrees)}, ())
    np.testing.assert_allclose(encoded(one, degrees), encoded(other, np.radians(degrees)), atol=1e-5)
    assert "degrees from north" in said[0]
    assert "radians from north" in said_of_radians[0]


def test_numbers_of_another_range_are_no_angles():
    for values in (circle(turn=100.0) + 300, circle(turn=2.5), np.arange(1.0, 9)):
        (factor,), _ = recognise({"aspect": values}, ())
        assert factor.kind == NUMBER


@pytest.mark.parametrize("flat", [-1.0, -9999.0])
def test_flat_cells_have_no_direction_and_are_counted(flat):
    values = circle()
    values[:40] = flat
    (factor,), said = recognise({"aspect": values}, ())
    assert (encoded(factor, values)[:, :40] == 0).all()
    assert np.isfinite(encoded(factor, values)).all()
    assert "10.0 % of the samples are flat" in said[0]
    assert len(said) == 1


def test_zeros_are_flat_where_they_are_far_too_frequent_to_be_north():
    grass = circle()
    grass[:40] = 0
    (factor,), said = recognise({"aspect": grass}, ())
    assert (encoded(factor, [0.0]) == 0).all()
    assert "10.0 % of the samples are flat (0" in said[0]
    whole = np.rint(circle(20_000)) % 360  # north as often as any other direction
    (factor,), _ = recognise({"aspect": whole}, ())
    np.testing.assert_allclose(encoded(factor, [0.0]).ravel(), [0, 1])


def test_factors_are_kept_in_a_card_and_older_cards_are_read():
    (factor,), _ = recognise({"aspect": np.radians(circle())}, ())
    features = FactorFeatures((factor,))
    assert read_factor_features(features.description()) == features
    old = {"factors": [{"name": "aspect", "kind": CIRCULAR, "codes": [], "missing": [-9999.0]}]}
    (read,) = read_factor_features(old).factors
    np.testing.assert_allclose(encoded(read, [90.0]).ravel(), [1, 0], atol=1e-6)


def test_cells_that_lack_the_aspect_alone_are_flat(tmp_path, write):
    """As in files of gdaldem, whose flat cells are -9999, their nodata value."""
    slope, aspect = np.ones((3, 4), np.float32), np.full((3, 4), 90, np.float32)
    aspect[0, :2] = -9999
    slope[0, 0] = slope[2, 3] = -9999
    layers = [write(tmp_path / f"{n}.tif", v, nodata=-9999) for n, v in (("slope", slope), ("aspect", aspect))]
    told = []
    with collect_inputs(told.append), Stack({FACTOR: layers}) as stack:
        values = stack.read(stack.grid.area)[1]
    assert np.isnan(values[0, 0])
    assert values[0, 1] == -1
    assert (values.ravel()[2:] == 90).all()
    assert told == ["'aspect': cells that have all factors but 'aspect' are flat."]
    with Stack({FACTOR: layers[1:]}) as stack:
        assert np.isnan(stack.read(stack.grid.area)[0, 0, :2]).all()  # beside nothing it cannot be told
