"""Meta-learning: its steps against plain loops, networks of blocks, and what few labels are worth."""

import re

import numpy as np
import pandas as pd
import pytest
import torch
from regionwise.core.families.susceptibility import few_shot_curve
from regionwise.core.learners import maml_batches
from regionwise.core.nets.block_maml import BlockNet, Labels, kept_blocks
from regionwise.core.nets.maml import FIRST, HEAD, ORDERS, SECOND, MetaNet
from regionwise.core.nets.mlp import FactorNet, event_loss
from regionwise.core.targets.binary_target import BinaryTarget, auc
from regionwise.core.validation.splits import Split
from scipy.special import expit, logit

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


@pytest.mark.train
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
            known, tested = torch.from_numpy(rows[:count]), rows[32:]
            params = model.adapted(numbers[known], labels[known], torch.ones(count))
            gaps.append(torch.sigmoid(model.logits(params, numbers[tested])).detach().numpy() - p[tested])
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

    def answer(number, known, tested):
        seen.append(
            (len(known), set(group[known]) & set(group[tested]), len(set(block[np.concatenate([known, tested])])))
        )
        right = np.clip(truth[tested] * 0.5 + 0.25 + rng.normal(0, 1 / len(known), len(tested)), 0.01, 0.99)
        flat = rng.uniform(0.4, 0.6, len(tested))
        return {name: np.stack([1 - p, p], 1) for name, p in (("meta", right), ("pooled", flat))}

    group = np.arange(240) // 2  # two samples of each source

    def study(splits, names):
        samples = few_shot_curve.StudiedSamples(block, truth, group, np.ones(240))
        predictors = few_shot_curve.FewShotPredictors(answer, *names)
        return few_shot_curve.study_shots(splits, samples, predictors, BinaryTarget(0.5), 1)

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
    assert re.search(r"16 \(-0\.\d+ \[-0\.\d+, -0\.\d+\] in 5 blocks\)", swapped.verdict)
    three = [Split("b", np.arange(40), np.arange(0), np.arange(80, 200))]
    few = study(three, ("meta", "pooled"))
    assert few.gains[-1]["blocks"] == 3 and few.gains[-1]["low"] is None
    assert few.verdict == "Blocks are too few to tell whether 'meta' is better than 'pooled' beyond chance."
    assert study(splits[:1], ("meta", "pooled")) is None


def test_a_label_is_one_label_however_many_cells_it_cells_each():
    block = np.repeat([2, 5, 9], [4, 3, 2])
    alike = maml_batches.counted(np.repeat([1.0, 50.0, 0.2], [4, 3, 2]), block)
    np.testing.assert_allclose(alike, 1)
    uneven = maml_batches.counted(np.array([1.0, 1.0, 1.0, 9.0]), np.zeros(4, int))
    assert uneven.sum() == pytest.approx(12**2 / 84) and uneven[3] == pytest.approx(9 * uneven[0])


def test_few_shots_are_scored_as_the_card_calibrates_them():
    rng = np.random.default_rng(3)
    block, likely = np.repeat(np.arange(4), 50), np.clip(rng.beta(1, 2, 200), 0.02, 0.98)
    truth = (rng.random(200) < likely).astype(float)
    splits = [Split(f"{i}", np.flatnonzero(block != i), np.arange(0), np.flatnonzero(block == i)) for i in range(4)]
    samples = few_shot_curve.StudiedSamples(block, truth, np.arange(200), np.ones(200))
    timid = expit((logit(likely) - 0.8) / 2)  # power 2 and offset 0.8 make them true

    def answer(number, known, tested):
        said = {"meta": timid[tested], "pooled": likely[tested], "alone": timid[tested]}
        return {way: np.stack([1 - p, p], 1) for way, p in said.items()}

    factors = {"meta": {"": 2.0, "offset": 0.8}, "pooled": {"": 1.0, "offset": 0.0}}
    predictors = few_shot_curve.FewShotPredictors(answer, "meta", "pooled", factors)
    rare = BinaryTarget(truth.mean(), 0.1)  # the prior is corrected after that
    few = few_shot_curve.study_shots(splits, samples, predictors, rare, 1)
    brier = pd.DataFrame(few.rows).groupby(["labels", "way"]).brier.mean().unstack()
    np.testing.assert_allclose(brier.meta, brier.pooled, rtol=1e-6)
    assert (brier.alone > brier.pooled + 0.001).all()  # simple models stay as they answer
