"""The network: the reference's published answers, and unpadded equal to padded where it counts."""

import numpy as np
import pytest
import torch
from regionwise.core.nets.resnet import CompositionNet, composition_loss, footprint_prediction, pad, receptive_field


def load_reference(shared, name):
    arrays = np.load(shared / "reference" / f"drlm_{name}.npz")
    weights = shared / "reference" / "weights" / f"drlm_{name}.pth"
    state = torch.load(weights, weights_only=True, map_location="cpu")
    return arrays, state


@pytest.mark.parametrize("name", ["global", "region3"])
def test_published_weights_answer_as_published(shared, name):
    arrays, state = load_reference(shared, name)
    net = pad(CompositionNet(7, 1, 4, head="dirichlet_one")).eval()
    net.load_state_dict(state)
    with torch.no_grad():
        alpha = net(torch.from_numpy(arrays["day"]), torch.from_numpy(arrays["night"]))
    np.testing.assert_allclose(alpha.numpy(), arrays["alpha"], rtol=1e-4)


def test_unpadded_patch_equals_the_padded_window_at_its_centre(shared):
    arrays, state = load_reference(shared, "global")
    day, night = torch.from_numpy(arrays["day"]), torch.from_numpy(arrays["night"])
    net = CompositionNet(7, 1, 4, head="dirichlet_one").eval()
    net.load_state_dict(state)
    side = receptive_field((3, 3, 5))
    assert side == 39
    first = 32 - side // 2
    window = np.s_[..., first : first + side, first : first + side]
    with torch.no_grad():
        alpha = net(day[window], night[window])
    assert alpha.shape == (2, 4, 1, 1)
    np.testing.assert_allclose(alpha[..., 0, 0].numpy(), arrays["alpha"][..., 32, 32], rtol=1e-4)


def test_parameters_are_as_many_as_published():
    assert sum(p.numel() for p in CompositionNet(7, 1, 4).parameters()) == 929_796


@pytest.mark.parametrize("blocks", [(3, 3, 5), (1, 1, 1), (0, 2, 1), (2, 0, 0)])
def test_receptive_field_is_exactly_what_the_answer_depends_on(blocks):
    side = receptive_field(blocks)
    torch.manual_seed(0)
    net = CompositionNet(2, 1, 3, width=16, blocks=blocks).eval().double()
    day, night = torch.randn(1, 2, side, side).double(), torch.randn(1, 1, side, side).double()
    day.requires_grad_()
    alpha = net(day, night)
    assert alpha.shape[-2:] == (1, 1)
    (alpha**2).sum().backward()
    deeper = receptive_field((blocks[0], blocks[0], blocks[2]))  # what the day branch alone sees
    border = (side - deeper) // 2
    seen = day.grad[0].abs().sum(0)
    assert seen[border].any()
    if border:
        assert not seen[:border].any()


@pytest.mark.parametrize(("head", "low"), [("dirichlet", 0.0), ("dirichlet_one", 1.0), ("softmax", 0.0)])
def test_heads_keep_their_range_and_shares_sum_to_one(head, low):
    torch.manual_seed(1)
    net = CompositionNet(2, 0, 4, width=4, blocks=(1, 0, 1), head=head).eval()
    alpha = net(10 * torch.randn(3, 2, 20, 20))
    assert (alpha > low).all()
    shares, _ = footprint_prediction(alpha, torch.ones(3, *alpha.shape[-2:]))
    torch.testing.assert_close(shares.sum(1), torch.ones(3))


def one_unit(alpha, target):
    alpha, target = torch.tensor([alpha]), torch.tensor([target])
    shares, concentration = footprint_prediction(alpha[..., None, None], torch.ones(1, 1, 1))
    return alpha, target, shares, concentration


def test_reference_loss_is_the_dirichlet_likelihood():
    alpha, target, shares, concentration = one_unit([2.0, 1.0, 0.5], [0.5, 0.3, 0.2])
    expected = -torch.distributions.Dirichlet(alpha).log_prob(target)
    torch.testing.assert_close(composition_loss(shares, concentration, target, "dirichlet_one"), expected)


def test_softmax_loss_is_the_divergence_and_zero_for_the_truth():
    _, target, shares, concentration = one_unit([0.5, 0.3, 0.2], [0.5, 0.3, 0.2])
    assert abs(float(composition_loss(shares, concentration, target, "softmax"))) < 1e-6
    _, target, shares, concentration = one_unit([0.25, 0.75], [1.0, 0.0])
    torch.testing.assert_close(
        composition_loss(shares, concentration, target, "softmax"), torch.tensor([np.log(4)]).float()
    )


def test_zero_shares_do_not_draw_the_mean_of_the_default_head_away():
    """Nine labels are (1, 0), one is (0, 1): the best constant share is .9, the rest is dispersion."""
    target = torch.tensor([[1.0, 0.0]] * 9 + [[0.0, 1.0]])
    logits = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.Adam([logits], 0.05)
    for _ in range(600):
        optimizer.zero_grad()
        alpha = logits.exp().expand(10, 2)[..., None, None]
        composition_loss(*footprint_prediction(alpha, torch.ones(10, 1, 1)), target, "dirichlet").mean().backward()
        optimizer.step()
    alpha = logits.detach().exp()
    assert abs(float(alpha[0] / alpha.sum()) - 0.9) < 0.01
    assert 0 < float(alpha.sum()) < 2  # and it knows that single labels lie at the corners


def test_unit_is_the_weighted_mean_of_its_pixels():
    alpha = torch.tensor([[[[1.0, 3.0]], [[1.0, 1.0]]]])  # shares .5/.5 and .75/.25
    shares, concentration = footprint_prediction(alpha, torch.tensor([[[1.0, 0.0]]]))
    assert shares.tolist() == [[0.5, 0.5]]
    assert concentration.tolist() == [2.0]
    shares, _ = footprint_prediction(alpha, torch.tensor([[[1.0, 1.0]]]))
    torch.testing.assert_close(shares, torch.tensor([[0.625, 0.375]]))
