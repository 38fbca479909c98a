"""The deviation of members on a map of events: that of the probabilities which the map shows."""

import numpy as np
import pytest
import rasterio
from rasterio.crs import CRS
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.raster.tiles import Tile
from regionwise.core.learning.contracts import PixelPredictor
from regionwise.core.mapping.ensemble import Ensemble, EnsembleMember, moments_of
from regionwise.core.mapping.products import EventProbability
from regionwise.core.targets.calibration import MeanCalibration
from scipy.special import expit, logit

GRID = Grid(CRS.from_epsg(32633), rasterio.transform.from_origin(0, 10, 10, 10), 1, 3)
MIXTURE, MEAN, CENTRE, CORRECTION = {"": 2.0, "offset": -0.4}, 1.5, 0.3, 0.1


class Saying(PixelPredictor):
    """A member that answers fixed probabilities of an event."""

    def __init__(self, events):
        self.events = events

    def answer(self, values, wanted):
        return np.stack([1 - self.events, self.events]).astype(np.float32), np.ones(len(self.events), np.float32)


def shown(event):
    """The probability that a map shows where all members answer `event`, by the formulas of the card."""
    mixed = 2.0 * logit(event) - 0.4
    return expit(logit(CENTRE) + MEAN * (mixed - logit(CENTRE)) + np.log(CORRECTION))


def mapped(*answers):
    """Return probability and deviation of members of two types, which a stack mixes evenly."""
    members = [EnsembleMember(Saying(events), "", 0.5, f"type {i}") for i, events in enumerate(answers)]
    mean = MeanCalibration(MEAN, [1 - CENTRE, CENTRE])
    ensemble = Ensemble(
        members, None, {}, 0, 0, "cpu", 2, temperature_scaled=True, mixture_factors=MIXTURE, mean=mean
    )  # fmt: skip
    block, valid = np.zeros((1, 1, 3), np.float32), np.ones((1, 3), bool)
    moments = moments_of(ensemble, GRID, Tile(0, 0, 1, 3), block, valid)
    event = EventProbability(CORRECTION, ensemble.mean_power)
    return event(moments)[0], *event.uncertainty(moments)


def test_the_deviation_is_that_of_the_probabilities_that_are_shown():
    middle, apart = np.array([0.1, 0.5, 0.9]), 0.004
    probability, deviation, _ = mapped(middle - apart, middle + apart)
    assert probability == pytest.approx(shown(middle), rel=1e-4)
    expected = (shown(middle + apart) - shown(middle - apart)) / 2  # of two values half of their distance
    assert deviation == pytest.approx(expected, rel=5e-3)
    assert not np.allclose(deviation, apart, rtol=0.5)  # as the members answered


def test_members_that_agree_have_no_deviation_and_sure_ones_no_entropy():
    sure = np.array([0.0, 0.3, 1.0])
    _, deviation, entropy = mapped(sure, sure)
    assert deviation == pytest.approx(0, abs=1e-7)
    assert np.isfinite(entropy).all() and entropy[[0, 2]] == pytest.approx(0, abs=1e-4)
