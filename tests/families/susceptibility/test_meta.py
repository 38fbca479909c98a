"""Meta-learning: its steps against plain loops, what labels are worth, and models of blocks on a map."""

import dataclasses
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import torch
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.params import Layer
from regionwise.core.families.susceptibility import few_shot_curve
from regionwise.core.families.susceptibility.map import map_susceptibility
from regionwise.core.families.susceptibility.params import SusceptibilityMapping, SusceptibilityTraining
from regionwise.core.families.susceptibility.train import train
from regionwise.core.learners import maml_learner
from regionwise.core.learning.model_file import read_model
from regionwise.core.nets.block_maml import NUMBER, BlockNet, Labels, kept_blocks
from regionwise.core.nets.maml import FIRST, HEAD, ORDERS, SECOND, MetaNet
from regionwise.core.nets.mlp import FactorNet, event_loss
from regionwise.core.targets.binary_target import BinaryTarget, auc
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from regionwise.core.tools.simulation.susceptibility_world import FACTORS
from regionwise.core.validation.splits import Split
from scipy.special import expit
from support import read_raster, run_task

TASKS, SAMPLES, NUMBERS = 5, 12, 4


def network(order, reference=False, rate=0.2):
    torch.manual_seed(3)
    net = MetaNet(FactorNet(NUMBERS, 8, reference), order, 3, rate, not reference).eval()
    torch.nn.init.normal_(net.net.decision.head.weight)
    return net


def tasks():
    torch.manual_seed(4)
    numbers = torch.randn(TASKS, SAMPLES, NUMBERS)
    support = torch.zeros(TASKS, SAMPLES)
    support[:, :6] = 1
    support[0, 3:] = 0  # tasks may have fewer labels
    return numbers, (numbers[..., 0] + numbers[..., 1] > 0).float(), support


def plain(net, numbers, label, support):
    """The losses after adaption, by a loop over tasks and steps."""
    found = []
    for x, y, weight in zip(numbers, label, support, strict=True):
        start = net.start()
        params, seen = start, net.seen(x)
        for _ in range(net.steps):
            loss = (event_loss(net.decide(params, seen, x), y) * weight).sum() / weight.sum()
            slopes = torch.autograd.grad(loss, list(params.values()), create_graph=net.order != FIRST)
            rates = net.log_rates.exp()
            params = {k: v - r * s for (k, v), r, s in zip(params.items(), rates, slopes, strict=True)}
        trust = 1.0 if net.log_doubt is None else weight.sum() / (weight.sum() + net.log_doubt.exp())
        params = {k: start[k] + trust * (v - start[k]) for k, v in params.items()}
        found.append(event_loss(net.decide(params, seen, x), y))
    return torch.stack(found)


@pytest.mark.parametrize("reference", [False, True])
@pytest.mark.parametrize("order", ORDERS)
def test_losses_and_gradients_equal_those_of_a_plain_loop(order, reference):
    numbers, label, support = (values.double() for values in tasks())
    slopes = []
    for losses in (
        lambda net: net.task_losses(numbers, label, support)[1],
        lambda net: plain(net, numbers, label, support),
    ):
        net = network(order, reference).double()
        (losses(net) * (1 - support)).sum().backward()
        slopes.append({name: value.grad for name, value in net.named_parameters()})
    for name, slope in slopes[0].items():
        torch.testing.assert_close(slope, slopes[1][name], rtol=1e-9, atol=1e-10)
    assert slopes[0]["log_rates"].abs().sum() > 0


def test_orders_differ_in_what_adapts_and_where_gradients_go():
    numbers, label, support = tasks()
    found = {}
    for order in ORDERS:
        net = network(order)
        net.task_losses(numbers, label, support)[1].sum().backward()
        found[order] = net.net.encoder.layers[0].weight.grad
        names = set(net.start())
        assert names == ({"head.weight", "head.bias", "line.weight", "line.bias"} if order == HEAD
                         else {name for name, _ in net.net.named_parameters()})  # fmt: skip
    assert not torch.allclose(found[SECOND], found[FIRST], rtol=1e-3)


def test_one_step_goes_down_the_slope_as_far_as_labels_are_trusted():
    net = MetaNet(FactorNet(1, 2), HEAD, 1, 0.5).eval()
    numbers, label = torch.tensor([[1.0], [-1.0], [3.0]]), torch.tensor([1.0, 0.0, 0.0])
    with torch.no_grad():
        for value in net.net.decision.parameters():
            value.zero_()
        net.log_doubt.fill_(np.log(6.0))
    found = net.adapted(net.seen(numbers), numbers, label, torch.tensor([1.0, 1.0, 0.0]))  # the third does not count
    # the slope of the mean loss at a logit of 0 is (p - y) x = -.5 for both; 2 labels of 2 + 6 are trusted
    assert found["line.weight"].item() == pytest.approx(0.25 * 0.5 * 0.5)
    assert found["line.bias"].item() == pytest.approx(0)
    nothing = net.adapted(net.seen(numbers), numbers, label, torch.zeros(3))
    assert all(torch.equal(value, net.start()[name]) for name, value in nothing.items())


def block_world(blocks=40, each=60, seed=0):
    """Samples of blocks with slopes of their own: numbers, true probabilities, labels, blocks."""
    rng = np.random.default_rng(seed)
    block = np.repeat(np.arange(blocks), each)
    x = rng.normal(0, 1, (len(block), 3)).astype(np.float32)
    own = rng.normal(0, 1.5, (blocks, 3))
    p = expit((x * (np.array([1.0, 0, 0]) + own[block])).sum(1))
    return x, p, (rng.random(len(p)) < p).astype(float), block


def test_the_error_of_an_adapted_model_falls_with_the_number_of_labels():
    x, p, label, block = block_world()
    torch.manual_seed(0)
    net = MetaNet(FactorNet(3, 16), HEAD, 5, 0.1)
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    numbers, labels, rng = torch.from_numpy(x), torch.from_numpy(label).float(), np.random.default_rng(1)
    for _ in range(300):
        rows = np.stack([rng.permutation(np.flatnonzero(block == b))[:32] for b in rng.choice(30, 12, replace=False)])
        support = torch.zeros(12, 32)
        support[:, : int(rng.integers(1, 17))] = 1
        losses = net.task_losses(numbers[rows], labels[rows], support)
        optimizer.zero_grad()
        ((losses[0] + losses[1]) * (1 - support)).sum().div((1 - support).sum()).backward()
        optimizer.step()
    model, errors = BlockNet(net.eval(), net.net), []
    for count in (0, 1, 4, 16, 32):
        gaps = []
        for b in range(30, 40):  # blocks that were not seen
            rows = np.flatnonzero(block == b)
            known, spec = torch.from_numpy(rows[:count]), rows[32:]
            params = model.adapted(numbers[known], labels[known], torch.ones(count))
            gaps.append(torch.sigmoid(model.logits(params, numbers[spec])).detach().numpy() - p[spec])
        errors.append(float(np.sqrt((np.concatenate(gaps) ** 2).mean())))
    assert errors[1] < errors[0] + 0.01
    assert (np.diff(errors[1:]) < 0).all()
    assert errors[-1] < 0.75 * errors[0]


def block_net():
    """A network whose pooled answer is the first number, adapted by large steps."""
    torch.manual_seed(0)
    nets = [FactorNet(2, 4).eval() for _ in range(2)]
    with torch.no_grad():
        for net in nets:
            net.decision.line.weight.copy_(torch.tensor([[2.0, 0.0]]))
            net.decision.line.bias.zero_()
    return BlockNet(MetaNet(nets[0], HEAD, 20, 0.5).eval(), nets[1])


def test_a_block_has_a_model_where_it_beats_the_pooled_one_and_survives_a_file():
    rng = np.random.default_rng(2)
    x = rng.normal(0, 1, (240, 2)).astype(np.float32)
    block = np.repeat([3, 7, 9, -1], 60)
    label = (rng.random(240) < expit(2 * x[:, 0])).astype(float)
    label[60:120] = (rng.random(60) < expit(-3 * x[60:120, 0])).astype(float)  # block 7 is the other way round
    block[125:180] = -1  # block 9 has too few labels to hold some out
    numbers, labels = torch.from_numpy(x), torch.from_numpy(label).float()
    net = block_net().adapt(Labels(numbers, labels, torch.ones(240), np.arange(240)), block, 0)
    assert sorted(net.blocks) == [7, 9]
    np.testing.assert_array_equal(net.has(block), np.isin(block, [7, 9]))
    found = net.answer(x, block)
    assert auc(label[60:120], found[60:120, 1]) > 0.85
    pooled = expit(2 * x[:, 0].astype(float))
    np.testing.assert_allclose(found[:60, 1], pooled[:60], atol=1e-6)
    np.testing.assert_allclose(found.sum(1), 1)
    alone = np.concatenate([net.answer(x[i : i + 1], block[i : i + 1]) for i in range(240)])
    np.testing.assert_allclose(alone, found, rtol=1e-5, atol=1e-7)  # whatever else is in the batch
    arguments = {"numbers": 2, "width": 4, "reference": False, "order": HEAD, "steps": 20}
    np.testing.assert_array_equal(BlockNet.read(arguments, net.arrays()).answer(x, block), found)
    moved = BlockNet.read(arguments, kept_blocks(net.arrays(), {7: 1}))
    assert list(moved.blocks) == [1]
    np.testing.assert_array_equal(moved.answer(x[60:120], np.full(60, 1)), found[60:120])


def test_few_shots_are_scored_in_blocks_that_nobody_has_seen():
    rng = np.random.default_rng(0)
    block = np.repeat(np.arange(6), 40)
    truth = (rng.random(240) < 0.5).astype(float)
    splits = [Split("a", np.arange(40, 120), np.arange(120, 130), np.arange(40)),
              Split("b", np.arange(40), np.arange(0), np.arange(80, 240))]  # fmt: skip
    unseen = few_shot_curve.unseen_blocks(splits, block)
    assert [(number, int(block[rows[0]])) for number, rows in unseen] == [(0, 0), (1, 2), (1, 3), (1, 4), (1, 5)]
    seen = []

    def answer(number, known, spec):
        seen.append(
            (len(known), set(source[known]) & set(source[spec]), len(set(block[np.concatenate([known, spec])])))
        )
        right = np.clip(truth[spec] * 0.5 + 0.25 + rng.normal(0, 1 / len(known), len(spec)), 0.01, 0.99)
        flat = rng.uniform(0.4, 0.6, len(spec))
        return {name: np.stack([1 - p, p], 1) for name, p in (("meta", right), ("pooled", flat))}

    source = np.arange(240) // 2  # two samples of each source

    def study(splits, names):
        return few_shot_curve.study_shots(splits, block, truth, source, answer, BinaryTarget(0.5), names, 1)

    few = study(splits, ("meta", "pooled"))
    assert {count for count, _, _ in seen} == {1, 3, 5, 8, 16}  # 32 are more than half of a block
    assert all(not both and blocks == 1 for _, both, blocks in seen)
    table = pd.DataFrame(few.rows).groupby(["labels", "way"]).auc.mean().unstack()
    assert table.meta[16] > table.meta[1] + 0.2 and abs(table.pooled[16] - 0.5) < 0.05
    last = few.gains[-1]
    assert last["blocks"] == 5 and last["low"] < last["gain"] < last["high"] and last["low"] > 0.3
    assert "16 labels 'meta' is better than 'pooled' beyond chance" in few.verdict
    swapped = study(splits, ("pooled", "meta"))
    assert "'pooled' is worse than 'meta' in the mean with these labels: " in swapped.verdict
    assert re.search(r"16 \(-0\.\d+ in 5 blocks\)", swapped.verdict)
    assert study(splits[:1], ("meta", "pooled")) is None


# end to end


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blocks")
    run_task(simulate, Simulation(family="susceptibility", size=128, seed=5, output_folder=str(folder)), folder / "j")
    frame = gpd.read_file(folder / "samples.gpkg")
    frame[frame["weak"] == 0].to_file(folder / "trusted.gpkg")
    return folder


def layers(world):
    return tuple(Layer(str(world / "factors" / f"{name}.tif"), name) for name in FACTORS)


def layer(path):
    return Layer(str(path), path.stem)


def training(world, folder, **changes):
    return SusceptibilityTraining(**{
        "factors": layers(world), "samples": layer(world / "trusted.gpkg"), "label_field": "label",
        "categorical": "lithology", "blocks": layer(world / "blocks.gpkg"), "validation": "blocks",
        "model_type": "meta", "folds": 2, "epochs": 15, "width": 16, "iterations": 150,
        "model": str(folder / "m.safetensors"), "scores": str(folder / "s.csv"), "report": str(folder / "r.html"),
        "figures": str(folder / "figures"), **changes,
    })  # fmt: skip


@pytest.fixture(scope="module")
def learned(world, tmp_path_factory):
    """A meta-learned model: its parameters, the run, and the folder of its outputs."""
    folder = tmp_path_factory.mktemp("meta")
    params = training(world, folder)
    return params, run_task(train, params, folder / "job"), folder


def mapped(world, folder, model, **changes):
    folder.mkdir(exist_ok=True)
    params = SusceptibilityMapping(**{
        "factors": layers(world), "model": model, "output": str(folder / "p.tif"), **changes,
    })  # fmt: skip
    return run_task(map_susceptibility, params, folder / "job"), read_raster(folder / "p.tif")[0][0]


def test_meta_stands_beside_pooled_and_tells_what_few_labels_are_worth(learned):
    _, ran, folder = learned
    scores = pd.read_csv(folder / "s.csv").query("part == 'all' and validation == 'blocks'").set_index("model")
    assert {"meta", "pooled", "boosting", "forest"} <= set(scores.index)
    # no label of a block that is held out is known: the pooled model answers
    assert scores.auc["meta"] == pytest.approx(scores.auc["pooled"], abs=1e-9)
    few = pd.read_csv(folder / "figures" / "few_labels.csv")
    assert set(few.way) == {"meta", "pooled", "these labels alone"} and {1, 3, 5, 8} <= set(few.labels)
    means = few.groupby(["labels", "way"]).auc.mean().unstack()
    assert (means["meta"] > means["these labels alone"]).all()
    text = (folder / "r.html").read_text()
    assert "What few labels add" in text and "Few labels: " in ran.log


def test_blocks_answer_for_themselves_and_which_tells_it(world, learned, tmp_path):
    params, _, _ = learned
    blocks = layer(world / "blocks.gpkg")
    _, pooled = mapped(world, tmp_path / "pooled", params.model)
    ran, found = mapped(world, tmp_path / "blocks", params.model, blocks=blocks, which=str(tmp_path / "w.tif"))
    which = read_raster(tmp_path / "w.tif")[0][0]
    assert set(np.unique(which)) <= {1, 2, 3} and len(np.unique(which)) > 1
    np.testing.assert_array_equal(found[which == 1], pooled[which == 1])
    assert (np.abs(found - pooled)[which == 3] > 1e-4).mean() > 0.9
    model = read_model(params.model)
    own = [set(model.members[member.name][NUMBER].tolist()) for member in model.card.members]
    names = np.array(model.card.network["meta"]["blocks"])
    every = set(names[sorted(own[0] & own[1])])
    with rasterio.open(tmp_path / "w.tif") as file:
        frame = gpd.read_file(world / "blocks.gpkg").to_crs(file.crs)
        at = [int(v[0]) for v in file.sample([(p.x, p.y) for p in frame.geometry.representative_point()])]
    assert {name for name, value in zip(frame["block"], at, strict=True) if value == 3} == every
    assert "blocks have models of their own" in ran.log
    with rasterio.open(world / "truth.tif") as file:
        truth, (left, bottom, right, top) = file.read(1), file.bounds
    assert np.corrcoef(found.ravel(), truth.ravel())[0, 1] > np.corrcoef(pooled.ravel(), truth.ravel())[0, 1] - 0.02
    half = f"{left},{bottom},{(left + right) / 2},{top}"
    _, part = mapped(world, tmp_path / "part", params.model, blocks=blocks, extent=half)
    np.testing.assert_allclose(part, found[:, : part.shape[1]], rtol=1e-5)


def test_a_model_adapts_to_the_samples_of_a_new_area(world, learned, tmp_path):
    params, _, _ = learned
    new = tmp_path / "new"
    run_task(simulate, Simulation(family="susceptibility", size=96, seed=9, output_folder=str(new)), tmp_path / "j")
    frame = gpd.read_file(new / "samples.gpkg")
    frame = frame[frame["weak"] == 0]
    frame.rename(columns={"label": "slid"}).to_file(new / "few.gpkg")
    truth = read_raster(new / "truth.tif")[0][0]
    given = {"adapt": layer(new / "few.gpkg"), "label_field": "slid", "which": str(tmp_path / "w.tif")}
    ran, whole = mapped(new, tmp_path / "a", params.model, **given)
    assert "1 blocks have models of their own" in ran.log
    assert (read_raster(tmp_path / "w.tif")[0] > 1).all()
    _, pooled = mapped(new, tmp_path / "b", params.model)
    assert np.corrcoef(whole.ravel(), truth.ravel())[0, 1] > np.corrcoef(pooled.ravel(), truth.ravel())[0, 1] - 0.02
    elsewhere(gpd.read_file(new / "blocks.gpkg")).to_file(tmp_path / "own.gpkg")
    _, each = mapped(new, tmp_path / "c", params.model, blocks=layer(tmp_path / "own.gpkg"), **given)
    assert len(np.unique(read_raster(tmp_path / "w.tif")[0])) > 1 and not np.allclose(each, whole)


def test_a_stopped_run_goes_on_to_the_same_model(world, learned, tmp_path, monkeypatch):
    params, _, _ = learned
    again = dataclasses.replace(params, model=str(tmp_path / "m.safetensors"), scores="", report="", figures="")
    real = maml_learner.fit_member

    def stopped(*arguments, name, report, **more):
        """Train, and stop in the meta-learning of the second split."""

        class Stopping:
            def progress(self, fraction, text):
                if name == "global-meta-1" and "epoch 2" in text:
                    raise KeyboardInterrupt

            def info(self, text):
                report.info(text)

        return real(*arguments, name=name, report=Stopping(), **more)

    monkeypatch.setattr(maml_learner, "fit_member", stopped)
    monkeypatch.setattr(maml_learner.MetaLearner, "process_bytes", lambda *_: 0)  # in this process, where it is stopped
    with pytest.raises(KeyboardInterrupt):
        run_task(train, again, tmp_path / "job")
    monkeypatch.setattr(maml_learner, "fit_member", real)
    run_task(train, again, tmp_path / "job")
    found, known = read_model(again.model), read_model(params.model)
    for name, arrays in known.members.items():
        for key, value in arrays.items():
            np.testing.assert_array_equal(found.members[name][key], value)


def test_the_published_recipe_sees_numbers_and_adapts_every_block(world, tmp_path):
    params = training(world, tmp_path, model_type="meta_reference", validation="random", iterations=50, epochs=3)
    run_task(train, params, tmp_path / "job")
    model = read_model(params.model)
    known = model.card.network["meta_reference"]
    assert known["numbers"] == len(FACTORS) and known["order"] == SECOND and known["reference"]
    arrays = next(iter(model.members.values()))
    assert arrays["meta.net.encoder.0.weight"].shape == (32, len(FACTORS))
    assert arrays["meta.net.decision.head.weight"].shape == (2, 16)
    assert not any(name.startswith("pooled.") for name in arrays)
    assert len(arrays[NUMBER]) == len(known["blocks"])
    _, found = mapped(world, tmp_path / "map", params.model, blocks=layer(world / "blocks.gpkg"))
    assert np.isfinite(found).all() and np.ptp(found) > 0.1


def test_meta_learning_may_begin_with_the_pooled_network(world, tmp_path):
    params = training(world, tmp_path, pretrain="pooled", iterations=50, order="first", validation="random", epochs=3)
    ran = run_task(train, params, tmp_path / "job")
    assert "choose Validation = blocks" in ran.log
    scores = pd.read_csv(tmp_path / "s.csv").query("part == 'all' and validation == 'random'").set_index("model")
    assert scores.auc["meta"] > 0.6


def one_block(frame):
    return frame.dissolve().assign(block="all")


def moved(frame):
    names = frame["block"].to_list()
    return frame.assign(block=[*names[1:], names[0]])


def elsewhere(frame):
    return frame.assign(block=[f"other {i}" for i in range(len(frame))])


def changed(world, tmp_path, change):
    change(gpd.read_file(world / "blocks.gpkg")).to_file(tmp_path / "changed.gpkg")
    return layer(tmp_path / "changed.gpkg")


def test_samples_in_one_block_are_refused(world, tmp_path):
    blocks = changed(world, tmp_path, one_block)
    for validation in ("random", "blocks"):
        with pytest.raises(RegionwiseError, match="All samples lie in one block of 'changed'"):
            run_task(train, training(world, tmp_path, blocks=blocks, validation=validation), tmp_path / "job")


def test_a_block_without_samples_is_told(world, tmp_path):
    frame = gpd.read_file(world / "trusted.gpkg")
    blocks = gpd.read_file(world / "blocks.gpkg").to_crs(frame.crs)
    empty = blocks[blocks["block"] == "block 5"].geometry.iloc[0]
    frame[~frame.within(empty)].to_file(tmp_path / "fewer.gpkg")
    params = training(world, tmp_path, samples=layer(tmp_path / "fewer.gpkg"), model_type="boosting")
    ran = run_task(train, params, tmp_path / "job")
    assert "1 of 64 blocks of 'blocks' holds no sample: block 5" in ran.log


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (moved, "Block 'block .*' of 'changed' does not lie where it was in training"),
        (elsewhere, "'changed' has no block that model '.*' knows"),
    ],
)
def test_blocks_that_are_not_those_of_training_are_refused(world, learned, tmp_path, change, message):
    with pytest.raises(RegionwiseError, match=message):
        mapped(world, tmp_path / "m", learned[0].model, blocks=changed(world, tmp_path, change))


def test_samples_that_lie_elsewhere_cannot_adapt(world, learned, tmp_path):
    frame = gpd.read_file(world / "trusted.gpkg")
    frame["geometry"] = frame.translate(1e6, 0)
    frame.to_file(tmp_path / "far.gpkg")
    with pytest.raises(RegionwiseError, match="No sample of 'far' lies in a block, on cells with all factors"):
        mapped(world, tmp_path / "m", learned[0].model, adapt=layer(tmp_path / "far.gpkg"))


def test_samples_of_one_label_cannot_adapt_and_others_are_told(world, learned, tmp_path):
    frame = gpd.read_file(world / "trusted.gpkg")
    frame[frame["label"] == 1].to_file(tmp_path / "events.gpkg")
    with pytest.raises(RegionwiseError, match="All samples of 'events' that can be used have the label 1"):
        mapped(world, tmp_path / "m", learned[0].model, adapt=layer(tmp_path / "events.gpkg"))
    frame.loc[frame.index[:5], "geometry"] = frame.iloc[:5].translate(1e6, 0)
    frame.to_file(tmp_path / "some.gpkg")
    ran, _ = mapped(world, tmp_path / "m", learned[0].model, adapt=layer(tmp_path / "some.gpkg"))
    assert f"5 of {len(frame)} samples of 'some' are left out" in ran.log


def test_models_without_blocks_take_none(world, tmp_path):
    params = training(world, tmp_path, model_type="boosting", report="", figures="")
    run_task(train, params, tmp_path / "job")
    with pytest.raises(RegionwiseError, match="is of the type boosting, which has no models of blocks"):
        mapped(world, tmp_path / "m", params.model, blocks=layer(world / "blocks.gpkg"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_type": "meta"}, "Model type 'meta' needs blocks"),
        ({"order": "third"}, "Order is 'third'"),
        ({"pretrain": "much"}, "Pretrain is 'much'"),
        ({"shots": -1}, "Shots"), ({"inner_steps": 0}, "Inner steps"), ({"inner_rate": -1}, "Inner rate"),
        ({"meta_rate": 0}, "Meta rate"), ({"meta_batch": 0}, "Meta batch"), ({"iterations": -1}, "Iterations"),
    ],
)  # fmt: skip
def test_bad_parameters_of_meta_learning_are_refused(changes, message):
    given = {"factors": (Layer("a", "a"),), "samples": Layer("s", "s"), "label_field": "l", "model": "m", **changes}
    with pytest.raises(RegionwiseError, match=message):
        SusceptibilityTraining(**given)


def test_which_needs_blocks():
    with pytest.raises(RegionwiseError, match="Which tells blocks from the pooled model"):
        SusceptibilityMapping(factors=(Layer("a", "a"),), model="m", output="o", which="w")
