"""Ensembles on a map: who speaks where, how members are mixed, and what is not computed."""

import numpy as np
import pytest
import rasterio
from maps import make_model, map_to, small_job, weights_table
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.learning.card import Member
from regionwise.core.learning.model_file import write_model
from regionwise.core.mapping import run_map
from regionwise.core.mapping.region_weights import read_weights


def test_weights_decide_who_speaks_where(ensemble, scene, tmp_path):
    alone, _ = map_to(scene, tmp_path, "alone")
    table = weights_table(tmp_path / "w.csv", ["A,1,0", "B,0,2"])
    mixed, ran = map_to(ensemble, tmp_path, "mixed", weights=table, blend=0)
    np.testing.assert_allclose(mixed[:, :, :45], alone[:, :, :45], atol=1e-6)  # A: global alone
    np.testing.assert_allclose(mixed[:, 35:], alone[:, 35:], atol=1e-6)  # no region: global alone
    assert np.nanmax(np.abs(mixed[:, :35, 45:] - alone[:, :35, 45:])) > 0.05
    assert "A 1.00/0.00, B 0.00/1.00" in ran.log


def test_ensemble_is_equal_in_tiles_and_smooth_across_borders(ensemble, tmp_path, monkeypatch):
    whole, _ = map_to(ensemble, tmp_path, "whole")
    monkeypatch.setattr(run_map, "TILE_SIDES", (16,))
    tiled, _ = map_to(ensemble, tmp_path, "tiled")
    np.testing.assert_allclose(tiled, whole, atol=1e-6)


def test_no_step_at_a_border_between_regions(ensemble, tmp_path, write):
    flat = {
        "day": (write(tmp_path / "fd.tif", np.ones((2, 70, 90), np.float32), names=("RED", "NIR")),),
        "night": (write(tmp_path / "fn.tif", np.ones((70, 90), np.float32), names=("VIIRS",)),),
    }
    sharp, _ = map_to({**ensemble, **flat}, tmp_path, "sharp", blend=0)
    soft, _ = map_to({**ensemble, **flat}, tmp_path, "soft", blend=10)
    inner = np.s_[:, 10:25, 12:78]  # away from the raster's edges, where the halo is missing
    step = np.abs(np.diff(sharp[inner], axis=2)).max()
    assert step > 0.02
    assert np.abs(np.diff(soft[inner], axis=2)).max() < step / 10


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["A,1,1"], "no row for region 'B'"),
        (["A,-1,1", "B,1,1"], "Weights of region 'A' in 'w' are not two numbers"),
        (["A,x,1", "B,1,1"], "Weights of region 'A' in 'w' are not two numbers"),
        (["A,0,0", "B,1,1"], "Weights of region 'A' in 'w' are not two numbers"),
        (["A,NA,1", "B,1,1"], "Weights of region 'A' in 'w' are not two numbers"),
        (["A,1,1", "B,1,1", "A,1,0"], "Region 'A' stands twice in 'w'"),
    ],
)
def test_weights_that_make_no_sense_are_refused(tmp_path, rows, sentence):
    with pytest.raises(RegionwiseError, match=sentence):
        read_weights(weights_table(tmp_path / "w.csv", rows), ["A", "B"])


def test_experts_without_weight_and_out_of_reach_are_not_computed(ensemble, tmp_path, answers_given, monkeypatch):
    small_job(monkeypatch)
    table = weights_table(tmp_path / "w.csv", ["A,1,0", "B,1,1"])
    monkeypatch.setattr(run_map, "TILE_SIDES", (32,))
    map_to(ensemble, tmp_path, "map", weights=table, blend=0)
    counts = sorted(sum(v is predictor for v, _ in answers_given) for predictor in {v for v, _ in answers_given})
    assert counts == [4, 9, 9]  # two global members in nine tiles, the expert of B in the four it reaches, none for A


@pytest.mark.parametrize("blend", [0, 4, 16])
def test_experts_may_have_all_the_weight(ensemble, tmp_path, blend):
    """Rounding leaves no trace of a global model without weight."""
    table = weights_table(tmp_path / "w.csv", ["A,0,1", "B,0,1"])
    shares, _ = map_to(ensemble, tmp_path, "map", weights=table, blend=blend)
    np.testing.assert_allclose(np.nansum(shares, 0)[np.isfinite(shares[0])], 1, atol=1e-6)


def test_members_with_equal_tensors_are_computed_once(scene, tmp_path, answers_given, monkeypatch):
    from regionwise.core.learning.model_file import read_model

    small_job(monkeypatch)
    once, _ = map_to(scene, tmp_path, "once", model=make_model(tmp_path / "one.safetensors"))
    calls = len(answers_given)
    model = read_model(str(tmp_path / "one.safetensors"))
    twin = Member("twin", "global")
    model.card.members.append(twin)
    model.members["twin"] = next(iter(model.members.values()))
    write_model(str(tmp_path / "two.safetensors"), model)
    twice, _ = map_to(scene, tmp_path, "twice", model=str(tmp_path / "two.safetensors"))
    assert len(answers_given) == 2 * calls
    np.testing.assert_allclose(twice, once, atol=1e-6)


def test_strict_model_is_refused_as_an_expert_with_the_reason(ensemble, tmp_path):
    strict = make_model(tmp_path / "s.safetensors", kind="strict", regions=("A", "B"))
    with pytest.raises(RegionwiseError, match="made with Holdout = strict: its members never saw the region"):
        map_to(ensemble, tmp_path, "map", regional_model=strict)
    with pytest.raises(RegionwiseError, match="holds models of single regions; give it as Regional model"):
        map_to(ensemble, tmp_path, "map", model=ensemble["regional_model"])


def test_uncertainty_is_that_of_the_mixture(tmp_path, write):
    """Two members with constant, known alpha: mean and deviation of the mixture in closed form."""
    alphas = np.array([[2.0, 1.0, 1.0], [0.5, 4.5, 5.0]])
    path = make_model(tmp_path / "m.safetensors", regions=("", ""), blocks=(0, 0, 0))
    from regionwise.core.learning.model_file import read_model

    model = read_model(path)
    for arrays, alpha in zip(model.members.values(), alphas):
        arrays["head_out.weight"] = np.zeros_like(arrays["head_out.weight"])
        arrays["head_out.bias"] = np.log(alpha).astype(np.float32)
    write_model(path, model)
    day = write(tmp_path / "d.tif", np.ones((2, 20, 20), np.float32), names=("RED", "NIR"))
    night = write(tmp_path / "n.tif", np.ones((20, 20), np.float32), names=("VIIRS",))
    scene = {"day": (day,), "night": (night,), "model": path}
    shares, _ = map_to(scene, tmp_path, "map", uncertainty=str(tmp_path / "sd.tif"))
    total = alphas.sum(1, keepdims=True)
    pi = alphas / total
    mean = pi.mean(0)
    data, members = (pi * (1 - pi) / (total + 1)).mean(0), (pi**2).mean(0) - mean**2
    entropy = -(mean * np.log(mean)).sum()
    expected = [
        *np.sqrt(data + members),
        *np.sqrt(data),
        *np.sqrt(members),
        entropy,
        0.0,
        np.sqrt(data + members).mean(),
    ]
    np.testing.assert_allclose(shares[:, 5, 5], mean, atol=1e-5)
    with rasterio.open(tmp_path / "sd.tif") as file:
        np.testing.assert_allclose(file.read()[:, 5, 5], expected, atol=1e-5)
        names = file.descriptions
    assert names[:-1:3] == ("F_sd", "F_sd_data", "F_sd_model", "entropy")
    assert names[-1] == "deviation"


@pytest.mark.parametrize(("first", "second"), [((1, 1, 1), (2, 2, 2)), ((2, 1, 2), (1, 1, 1))])
def test_members_that_see_different_distances_map_together(ensemble, tmp_path, first, second, small_tiles):
    alone, _ = map_to({**ensemble, "model": make_model(tmp_path / "g.safetensors", blocks=first)}, tmp_path, "x")
    expert = make_model(tmp_path / "e2.safetensors", kind="within", regions=("A", "B"), seed=50, blocks=second)
    table = weights_table(tmp_path / "w.csv", ["A,1,0", "B,0,1"])
    changed = {
        **ensemble,
        "model": str(tmp_path / "g.safetensors"),
        "regional_model": expert,
        "weights": table,
        "blend": 0,
    }
    mixed, _ = map_to(changed, tmp_path, "mixed")
    only_global = {k: v for k, v in changed.items() if k in ("day", "night", "model")}
    expected, _ = map_to(only_global, tmp_path, "global")
    np.testing.assert_allclose(mixed[:, :, :45], expected[:, :, :45], atol=1e-6)
    assert np.isfinite(mixed).sum() == np.isfinite(alone).sum()
