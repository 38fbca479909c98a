"""Bands that maps of shares draw: which are refused, what is told, and joint ones."""

from types import SimpleNamespace

import numpy as np
import pytest
from regionwise.core.contract.learning_params import ShareMappingParams
from regionwise.core.mapping.ensemble import Moments
from regionwise.core.targets import conformal
from regionwise.core.targets.calibration import CalibrationInfo
from regionwise.core.workflow.share_bands import band_notices, band_problems, band_product

WHOLE = [0.03 * i for i in range(1, 100)]


def model_of(marginal=WHOLE, joint=WHOLE, levels=None):
    """A model of three components, whose bands have these half-widths."""
    names = ["a", "b", "c", *(levels or {})]
    calibration = CalibrationInfo(conformal=dict.fromkeys(names, marginal) if marginal else {}, joint=joint)
    return SimpleNamespace(
        card=SimpleNamespace(components=["a", "b", "c"], levels=levels or {}, calibration=calibration)
    )


def params_of(**changes):
    return ShareMappingParams(model="m", output="o.tif", intervals="i.tif", **changes)


def moments_of(mean, regional):
    """The moments of one member per pixel, whose shares deviate as those of Dirichlet (20)."""
    mean = np.asarray(mean, np.float32)
    within = mean * (1 - mean) / 21
    return Moments(3, mean, 0 * mean, within, mean, {}, np.asarray(regional, np.float32), [], mean, mean[0] >= 0)


def test_bands_that_cannot_be_drawn_are_refused():
    imported, old = ("x", model_of(marginal=None)), ("y", model_of(joint=[]))
    assert "'x' has no calibrated intervals" in next(band_problems(params_of(), [imported]))
    assert list(band_problems(params_of(), [old])) == []
    assert "'y' has no joint sets" in next(band_problems(params_of(joint=True), [old]))
    assert "Level is 0.995; it must be from 0.01 to 0.99" in next(band_problems(params_of(level=0.995), [old]))
    without = ShareMappingParams(model="m", output="o.tif", level=0.995)
    assert list(band_problems(without, [imported])) == []


@pytest.mark.parametrize("joint", [False, True])
def test_too_few_sources_are_told_and_bounds_are_0_and_1(joint):
    few = [*WHOLE[:79], *[None] * 20]  # bands up to .79: of four sources
    models = [("few", model_of(few, few)), ("many", model_of())]
    params = params_of(joint=joint)
    assert list(band_notices(params, models)) == [
        "90 % bands need at least 9 independent sources, 'few' learned from fewer; none is given: bounds are 0 and 1."
    ]
    assert list(band_notices(params_of(joint=joint, level=0.7), models)) == []
    values = band_product(params, ("a", "b", "c"), [models[1][1], models[0][1]]).values
    found = values(moments_of([[0.5, 0.5], [0.3, 0.3], [0.2, 0.2]], [0.0, 1.0]))
    assert np.isfinite(found).all()
    assert (found[:3, 1] == 0).all() and (found[3:6, 1] == 1).all()  # the expert, who has too few
    assert (found[:3, 0] > 0).any() and (found[3:6, 0] < 1).all()


def test_joint_bands_are_named_so_and_agree_with_sums():
    levels = {"ab": ["a", "b"]}
    model, names = model_of(levels=levels), ("a", "b", "c", "ab")
    mean = np.array([[0.6, 0.05], [0.3, 0.9], [0.1, 0.05], [0.9, 0.95]])
    product = band_product(params_of(joint=True), names, [model])
    assert product.layout.bands == (*(f"{n}_joint_{part}" for part in ("low", "high") for n in names), "width")
    assert "all shares at once" in product.layout.description
    low, high, width = np.split(product.values(moments_of(mean, [0.0, 0.0])), (4, 8))
    np.testing.assert_allclose(width[0], (high - low)[:3].mean(0), atol=1e-6)  # of the components, not of their sums
    assert (low <= mean).all() and (mean <= high + 1e-6).all()
    assert (low[3] >= low[:2].sum(0) - 1e-6).all() and (high[3] <= high[:2].sum(0) + 1e-6).all()
    for i in range(3):
        others = [j for j in range(3) if j != i]
        assert (low[i] >= 1 - high[others].sum(0) - 1e-6).all() and (high[i] <= 1 - low[others].sum(0) + 1e-6).all()
    plain = band_product(params_of(), names, [model])
    assert plain.layout.bands[0] == "a_low" and "each share by itself" in plain.layout.description
    width = conformal.half_width(WHOLE, 0.9)
    expected = conformal.bands(mean[:3], np.sqrt(mean[:3] * (1 - mean[:3]) / 21), width)
    np.testing.assert_allclose(plain.values(moments_of(mean, [0.0, 0.0]))[:3], expected[0], atol=1e-5)
