"""The logistic-normal head: it learns the centre, and answers the mean that a large sample has."""

import numpy as np
import pytest
import torch
from regionwise.core.inference.backends import maker
from regionwise.core.nets.logistic_normal import mean_alpha
from regionwise.core.nets.resnet import CompositionNet, composition_loss, footprint_prediction, receptive_field


def sampled_mean(centre, deviation, n=400_000):
    """The mean of shares whose isometric log-ratios scatter about those of `centre`, by plain Monte Carlo."""
    count = len(centre)
    basis = np.linalg.qr(np.eye(count) - 1 / count)[0][:, : count - 1]  # of the plane in which log-ratios lie
    normal = np.random.default_rng(3).normal(0, deviation, (n, count - 1)) @ basis.T
    raised = np.exp(np.log(centre) + normal)
    return (raised / raised.sum(1, keepdims=True)).mean(0)


@pytest.mark.parametrize("deviation", [0.1, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("centre", [[0.9, 0.1], [0.8, 0.15, 0.05], [0.6, 0.3, 0.05, 0.03, 0.02]])
def test_the_answer_is_the_mean_of_a_large_sample(centre, deviation):
    precision = deviation**-2
    alpha = mean_alpha(precision * torch.tensor(centre)[None, :, None, None])[0, :, 0, 0]
    assert float(alpha.sum()) == pytest.approx(precision, rel=1e-5)
    expected = sampled_mean(np.array(centre), deviation)
    np.testing.assert_allclose((alpha / alpha.sum()).numpy(), expected, atol=0.001 + 0.004 * deviation)
    assert deviation < 1 or np.abs(expected - centre).max() > 0.04  # the centre would not pass


def test_equal_shares_are_their_own_mean_and_order_does_not_matter_much():
    alpha = torch.full((1, 4, 1, 1), 0.25)
    torch.testing.assert_close(mean_alpha(alpha), alpha, atol=1e-3, rtol=0)
    centre = torch.tensor([0.7, 0.2, 0.06, 0.04])
    orders = [centre[list(order)] for order in ((0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2))]
    means = [mean_alpha(each[None])[0].sort().values for each in orders]
    assert (torch.stack(means).std(0) < 0.004).all()


def test_a_sure_answer_is_its_centre():
    centre = torch.tensor([[0.5, 0.3, 0.2]])
    torch.testing.assert_close(mean_alpha(8000 * centre), 8000 * centre, rtol=1e-3, atol=0)


def test_the_mean_is_what_scattered_labels_teach():
    """Labels of one distribution: the centre is learned from log-ratios, and the answer is the mean of the labels."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.softmax(torch.tensor([1.5, 0.0, -1.0]) + torch.randn(4000, 3, generator=generator), 1)
    logits = torch.zeros(3, requires_grad=True)
    net = CompositionNet(1, 0, 3, width=4, blocks=(0, 0, 0), head="logistic_normal")
    optimizer = torch.optim.Adam([logits], 0.05)
    for _ in range(300):
        optimizer.zero_grad()
        alpha = net.activate(logits[None, :, None, None]).expand(len(labels), 3, 1, 1)
        shares, precision = footprint_prediction(alpha, torch.ones(len(labels), 1, 1))
        composition_loss(shares, precision, labels, "logistic_normal").mean().backward()
        optimizer.step()
    alpha = net.eval().activate(logits.detach()[None, :, None, None])[0, :, 0, 0]
    np.testing.assert_allclose((alpha / alpha.sum()).numpy(), labels.mean(0).numpy(), atol=0.01)
    centre = torch.softmax(logits.detach(), 0)
    assert (centre - labels.mean(0)).abs().max() > 0.05


@pytest.mark.parametrize("backend", ["openvino", "ncnn"])
@torch.no_grad()
def test_every_backend_answers_the_mean(backend):
    torch.manual_seed(0)
    net = CompositionNet(2, 0, 3, width=16, blocks=(1, 0, 1), head="logistic_normal").eval()
    inputs = [torch.randn(1, 2, 24, 24)]
    logits = maker(backend, fast=False)(net, [2], receptive_field((1, 0, 1)) // 2).logits(inputs)
    alpha = net.activate(logits)
    torch.testing.assert_close(alpha, net(*inputs), rtol=1e-3, atol=1e-4)
    assert not torch.allclose(alpha, net.train().activate(logits), rtol=1e-2)  # of which the centre is learned
