"""Networks of forecasts: they learn, map alike however tiles are cut, and live with what is missing."""

import re

import numpy as np
import pytest
from support import read_raster

RNG = np.random.default_rng
SIZE = 64


@pytest.mark.train
@pytest.mark.parametrize("kind", ["convlstm_unet", "convlstm_unet_reference"])
def test_networks_learn_and_map_and_tiles_change_nothing(yearly_world, tmp_path, kind, fitted, mapped, score):
    quick = {"window": 5, "epochs": 2, "test_years": 1, "weighing_years": 2, "horizon": 2, "patches": 2, "batch": 2}
    params, ran, scores = fitted(yearly_world, tmp_path, model_type=kind, **quick)
    withheld = re.search(rf", {kind}: \d+ samples train, \d+ validate, \d+ test", ran.log)
    assert bool(withheld) is ("reference" in kind)
    assert score(scores, kind) < score(scores, "persistence") * (3 if "reference" in kind else 1)  # 2 epochs
    found = read_raster(mapped(yearly_world, tmp_path / "m", params.model, years=2)[0].output)[0]
    part = read_raster(
        mapped(yearly_world, tmp_path / "p", params.model, years=2, extent="-2000,-1500,1000,2500")[0].output
    )
    rows, cols = part[0].shape[1:]
    top, left = round((SIZE * 45 - 2500) / 90), round((SIZE * 45 - 2000) / 90)
    np.testing.assert_allclose(part[0], found[:, top : top + rows, left : left + cols], atol=1e-5)


@pytest.mark.train
def test_a_network_learns_and_is_scored_where_years_and_places_have_no_image(
    few_years, tmp_path, fitted, mapped, score
):
    """One window whose images are drawn one by one: many a batch knows nothing."""
    world = few_years([year for year in range(1990, 2012) if year not in (1999, 2000, 2008)])
    few = {"masks": (), "test_years": 3, "weighing_years": 2, "window": 5, "epochs": 4, "batch": 2, "horizon": 2}
    for kind in ("residual", "convlstm_unet_reference"):
        params, _, scores = fitted(world, tmp_path / kind, model_type=kind, **few)
        assert np.isfinite(score(scores, kind)), kind
        assert np.isfinite(read_raster(mapped(world, tmp_path / kind / "m", params.model)[0].output)[0]).all(), kind


@pytest.mark.train
def test_the_published_network_learns_from_as_few_years_as_others(few_years, tmp_path, fitted):
    world = few_years(range(1990, 2005))
    fitted(world, tmp_path, masks=(), test_years=5, weighing_years=4, model_type="convlstm_unet_reference")


def test_the_published_network_forecasts_from_forecasts_alike_wherever_it_is_cut():
    import torch
    from regionwise.core.families.forecast.net_learner import ForecastPredictor, NetSpec
    from regionwise.core.families.forecast.window_batches import CENTRE, LEVEL_SCALE, SCALE
    from regionwise.core.learning.training_loop import to_arrays

    kind = "convlstm_unet_reference"
    arguments = {"window": 3, "horizon": 2, "levels": [0.1, 0.9], "width": 8, "covariates": 0}
    torch.manual_seed(0)
    scales = {key: np.ones(1, np.float32) for key in (CENTRE, LEVEL_SCALE, SCALE)}
    arrays = {**to_arrays(NetSpec(kind, **arguments).build().state_dict()), **scales}
    predictor = ForecastPredictor(kind, arguments, arrays, "a", torch.device("cpu"))
    side = 2 * predictor.halo + 16
    history = RNG(0).normal(0, 1, (3, side + 32, side + 32)).astype(np.float32)
    whole = predictor.answer(history, np.empty((0, *history.shape[1:]), np.float32))
    part = predictor.answer(history[:, 16 : 16 + side, 16 : 16 + side], np.empty((0, side, side), np.float32))
    np.testing.assert_allclose(part, whole[..., 16:32, 16:32], atol=1e-5)


@pytest.mark.parametrize("kind", ["residual", "convlstm_unet"])
def test_an_answer_depends_on_no_cell_beyond_the_halo_and_on_nearly_all_within(kind):
    """Gradients tell it exactly, however little a far cell weighs."""
    import torch
    from regionwise.core.families.forecast.net_learner import NetSpec

    torch.manual_seed(0)
    spec = NetSpec(kind, window=3, horizon=1, levels=(0.1, 0.9), width=8, covariates=0)
    net, middle = spec.build().eval().double(), 4 * ((spec.halo + 16) // 4)
    for weights in net.parameters():  # some begin at 0
        torch.nn.init.normal_(weights, std=0.2)
    years = torch.randn(1, 3, 3, 2 * middle, 2 * middle, dtype=torch.float64, requires_grad=True)
    net(years)[0, 0, middle : middle + 4, middle : middle + 4].sum().backward()  # all cells of a stride
    rows = np.flatnonzero((years.grad != 0).any((0, 1, 2, 4)).numpy())
    far = max(middle - rows.min(), rows.max() - (middle + 3))
    assert spec.halo / 2 < far <= spec.halo


def test_a_network_answers_year_by_year_as_it_learned_together():
    import torch
    from regionwise.core.nets.convlstm_unet import ConvLstmUnet

    torch.manual_seed(0)
    net, years = ConvLstmUnet(3, 2, reference=False), torch.randn(2, 4, 3, 16, 16)
    with torch.no_grad():
        torch.testing.assert_close(net.eval()(years), net.train()(years))


def test_the_published_network_has_its_number_of_weights():
    from regionwise.core.nets.convlstm_unet import ConvLstmUnet

    assert sum(tensor.numel() for tensor in ConvLstmUnet().parameters()) == 412_753
