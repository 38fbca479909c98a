"""Factors: what they hold, how they become numbers, and a network that answers by them."""

import numpy as np
import pytest
import torch
from regionwise.core.errors import RegionwiseError
from regionwise.core.factors import CIRCULAR, CODE, NUMBER, Factor, FactorFeatures, recognise
from regionwise.core.learners.factors import FactorVoice
from regionwise.core.nets.factors import FactorNet
from regionwise.core.training import to_arrays


def test_codes_become_columns_and_aspects_directions():
    features = FactorFeatures((
        Factor("slope", missing=(-9999.0,)), Factor("aspect", CIRCULAR), Factor("rock", CODE, (1.0, 3.0)),
    ))  # fmt: skip
    assert features.names() == ["slope", "aspect east", "aspect north", "rock 1", "rock 3"]
    assert features.owners() == [0, 1, 1, 2, 2]
    table = features.table(np.array([[5, 90, 3], [-9999, -1, 1], [7, 359, 2], [7, 1, np.nan]], np.float32))
    np.testing.assert_allclose(table[0], [5, 1, 0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(table[1], [np.nan, 0, 0, 1, 0], atol=1e-6)  # flat: no direction; -9999: no slope
    np.testing.assert_allclose(table[2, 1:3], table[3, 1:3] * [-1, 1], atol=1e-6)  # 359 and 1 degrees are near
    assert table[2, 3:].tolist() == [0, 0]  # a code that is not known is none of the known ones
    assert np.isnan(table[3, 3:]).all()
    window = np.moveaxis(np.array([[[[5.0]], [[90.0]], [[3.0]], [[9.0]]]]), 0, 0).astype(np.float32)
    np.testing.assert_array_equal(features(window, 0)[0, :, 0, 0], table[0])  # bands behind are not looked at


def test_what_factors_hold_is_recognised_and_told():
    rng = np.random.default_rng(0)
    n = 400
    values = {
        "slope": np.where(rng.random(n) < 0.1, 1e-6, rng.uniform(0, 60, n)),
        "aspect": np.where(rng.random(n) < 0.05, -1, rng.uniform(0, 360, n)),
        "aspect_sin": rng.uniform(-1, 1, n),
        "velocity": np.where(rng.random(n) < 0.4, 1e-6, rng.normal(0, 1, n)),
        "ndvi": np.where(rng.random(n) < 0.2, -9999, rng.uniform(0, 1, n)),
        "rock": rng.integers(1, 5, n).astype(float),
        "cover": rng.integers(1, 4, n).astype(float),
    }
    factors, told = recognise(values, ["rock"])
    kinds = {factor.name: (factor.kind, factor.missing) for factor in factors}
    assert kinds["slope"] == (NUMBER, ()) and kinds["aspect"] == (CIRCULAR, ())
    assert kinds["aspect_sin"] == (NUMBER, ())
    assert kinds["velocity"] == (NUMBER, (1e-6,)) and kinds["ndvi"] == (NUMBER, (-9999.0,))
    assert kinds["rock"] == (CODE, ()) and factors[5].codes == (1, 2, 3, 4)
    text = "\n".join(told)
    for expected in (
        "'slope' is 1e-06 in", "taken as 0", "'velocity' is 1e-06 in", "'ndvi' is -9999 in", "taken as missing",
        "'aspect' is taken as degrees", "are flat (-1)", "'cover' holds only 1, 2, 3; if these are codes",
    ):  # fmt: skip
        assert expected in text


@pytest.mark.parametrize(
    ("values", "categorical", "message"),
    [
        ({"slope": np.arange(9.0)}, ["rock"], "Categorical names 'rock', which is no factor; they are slope"),
        ({"slope": np.arange(9.0) / 2}, ["slope"], "'slope' is categorical, but holds 0.5"),
        ({"id": np.arange(99.0)}, ["id"], "'id' is categorical and has 99 codes; 64 are the most"),
        ({"flat": np.ones(9)}, [], "'flat' is 1 at all samples; leave it out"),
        ({"none": np.full(9, np.nan)}, [], "'none' has no value at any sample"),
    ],
)
def test_factors_that_cannot_be_used_are_refused(values, categorical, message):
    with pytest.raises(RegionwiseError, match=message):
        recognise(values, categorical)


def test_a_place_has_the_same_answer_in_any_batch():
    torch.manual_seed(1)
    net = FactorNet(3, 16)
    torch.nn.init.normal_(net.decision.head.weight)
    features = FactorFeatures((Factor("a"), Factor("b"), Factor("c")))
    scaling = {"scaling.mean": np.zeros(3, np.float32), "scaling.std": np.ones(3, np.float32)}
    voice = FactorVoice({"numbers": 3, "width": 16}, {**to_arrays(net.state_dict()), **scaling}, features, "m",
                        torch.device("cpu"))  # fmt: skip
    values = np.random.default_rng(2).normal(0, 1, (3, 40, 40)).astype(np.float32)
    values[1, 5, 5] = np.nan
    whole, _ = voice.answer(values, np.ones((40, 40), bool))
    for row, col in ((0, 0), (5, 5), (39, 17)):
        alone, _ = voice.answer(values[:, row : row + 1, col : col + 1], np.ones((1, 1), bool))
        np.testing.assert_allclose(alone[:, 0], whole.reshape(2, 40, 40)[:, row, col], rtol=1e-5)
    assert np.ptp(whole[1]) > 0.1
