"""The composition network: two residual branches, fused, answering a concentration per component.

After the deep rural livelihoods model (DRLM; published weights under the MIT licence): 929,796
parameters at width 64 and 3, 3, 5 blocks. Module names are the reference's, so its weights load as
they are. Deviations, each with its reason:

- Convolutions are unpadded: the answer at a pixel depends on its receptive field (39 x 39 cells)
  and on nothing else, so patches, areas and tiles agree exactly. `pad` gives the reference's
  behaviour, for comparison.
- The head may answer alpha > 0 (the reference's alpha >= 1 cannot express sparse shares). Its shares
  are trained by the multinomial quasi-likelihood (Papke & Wooldridge 1996), which finds the mean
  whatever the distribution, and only its concentration by the Dirichlet likelihood given that mean:
  shares of exactly 0 have no Dirichlet density, and with them the full likelihood drew the mean
  away (on the demo's data R2 .50 instead of .56 under block folds, .24 with alpha >= 1).
- Inputs may carry mask channels, so that missing and average are not the same.
- The head may be logistic-normal (Aitchison & Shen 1980): normal in isometric log-ratios, with a centre
  and a precision, which stands for the concentration. It learns the centre and answers the mean of the
  shares, see `logistic_normal`. Labels of 0 are raised to half a percent, as is usual below a detection
  limit.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .logistic_normal import logistic_normal_nll, mean_alpha

LARGEST_LOGIT = 9.0  # alpha between e^-9 and e^9
SMALLEST_SHARE = 1e-4  # a share of 0 has no Dirichlet density
CONCENTRATION_WEIGHT = 0.1  # of the concentration's likelihood; that of the mean has 1


def receptive_field(blocks: Sequence[int]) -> int:
    """The side of the receptive field in cells, for `blocks` of day, night and fusion."""
    day, night, fusion = blocks
    convolutions = (1 + 2 * max(day, night)) + 1 + 2 * fusion + 1
    return 2 * convolutions + 1


def crop(x: Tensor, margin: int) -> Tensor:
    """`x` without `margin` cells at each side; a traced graph is right for any size."""
    return x[..., margin:-margin, margin:-margin] if margin else x


class Block(nn.Module):
    """Pre-activation residual block: BN-ReLU-conv-BN-ReLU-conv plus identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.margin = 2
        self.bn1 = nn.BatchNorm2d(width)
        self.conv1 = nn.Conv2d(width, width, 3, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(b, width, h - 4, w - 4) for (b, width, h, w)."""
        y = self.conv1(F.relu(self.bn1(x)))
        y = self.conv2(F.relu(self.bn2(y)))
        out: Tensor = crop(x, self.margin) + y
        return out


class Stem(nn.Module):
    """One sensor's branch."""

    def __init__(self, channels: int, width: int, blocks: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(channels, width, 3, bias=False)
        self.blocks = nn.Sequential(*(Block(width) for _ in range(blocks)))
        self.bn_out = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """(b, width, h - 2 - 4 blocks, w - 2 - 4 blocks) for (b, channels, h, w)."""
        return F.relu(self.bn_out(self.blocks(self.conv_in(x))))


class CompositionNet(nn.Module):
    """Two branches (one, if `night_channels` is 0), fused; answers alpha for each component.

    Parameters
    ----------
    day_channels, night_channels : int
        Channels of the two sensors, masks included.
    components : int
        Number of components of the composition.
    width : int
        Channels inside.
    blocks : sequence of 3 int
        Residual blocks of day, night and fusion.
    head : str
        ``dirichlet`` (alpha > 0), ``dirichlet_one`` (alpha > 1, the reference's), ``logistic_normal``
        (alpha is the mean of the shares times precision; while it trains, their centre) or ``softmax``
        (alpha is the shares themselves, with no concentration). All answer one number per component.
    """

    def __init__(
        self,
        day_channels: int,
        night_channels: int,
        components: int,
        *,
        width: int = 64,
        blocks: Sequence[int] = (3, 3, 5),
        head: str = "dirichlet",
    ) -> None:
        super().__init__()
        self.head = head
        # the branch with fewer blocks keeps more cells; both are cut to those that the longer one leaves
        self.margins = [2 * (max(blocks[:2]) - count) for count in blocks[:2]]
        self.day_stem = Stem(day_channels, width, blocks[0])
        self.night_stem = Stem(night_channels, width, blocks[1]) if night_channels else None
        branches = 2 if night_channels else 1
        self.shared_in_conv = nn.Conv2d(branches * width, width, 3, bias=False)
        self.shared_blocks = nn.Sequential(*(Block(width) for _ in range(blocks[2])))
        self.shared_bn = nn.BatchNorm2d(width)
        self.head_conv = nn.Conv2d(width, width, 3, bias=False)
        self.head_bn = nn.BatchNorm2d(width)
        self.head_dropout = nn.Dropout2d(0.1)
        self.head_out = nn.Conv2d(width, components, 1)

    def forward(self, day: Tensor, night: Tensor | None = None) -> Tensor:
        """Alpha, shape (b, component, h - 2 halo, w - 2 halo).

        Parameters
        ----------
        day : Tensor, shape (b, day_channels, h, w), z-scored, 0 where missing
        night : Tensor, shape (b, night_channels, h, w), z-scored, 0 where missing
        """
        return self.activate(self.logits(day, night))

    def logits(self, day: Tensor, night: Tensor | None = None) -> Tensor:
        """The output of the last layer, of the shape of `forward`; see `activate`."""
        x = crop(self.day_stem(day), self.margins[0])
        if self.night_stem is not None:
            x = torch.cat([x, crop(self.night_stem(night), self.margins[1])], 1)
        x = self.shared_blocks(self.shared_in_conv(x))
        x = self.head_conv(F.relu(self.shared_bn(x)))
        x = self.head_dropout(F.relu(self.head_bn(x)))
        logits: Tensor = self.head_out(x)
        return logits

    def activate(self, logits: Tensor) -> Tensor:
        """Alpha for `logits`, both (b, component, h, w)."""
        logits = logits.float()
        if self.head == "dirichlet":
            return logits.clamp(-LARGEST_LOGIT, LARGEST_LOGIT).exp()
        if self.head == "dirichlet_one":
            return F.softplus(logits) + 1.0
        shares = torch.softmax(logits, 1)
        if self.head != "logistic_normal":
            return shares
        # shares fix the logits but for their sum, which holds the precision
        centre = shares * logits.mean(1, keepdim=True).clamp(-LARGEST_LOGIT, LARGEST_LOGIT).exp()
        return centre if self.training else mean_alpha(centre)


def pad(net: CompositionNet) -> CompositionNet:
    """`net` itself, now with zero padding in every 3 x 3 convolution, as the reference has it."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3):
            module.padding = (1, 1)
        elif isinstance(module, Block):
            module.margin = 0
    net.margins = [0, 0]
    return net


def footprint_prediction(alpha: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Shares and concentration of footprints: the weighted means over their pixels.

    Parameters
    ----------
    alpha : Tensor, shape (b, component, h, w)
    weights : Tensor, shape (b, h, w), not all 0

    Returns
    -------
    shares : Tensor, shape (b, component)
    concentration : Tensor, shape (b,)
    """
    total = alpha.sum(1, keepdim=True)  # (b, 1, h, w)
    norm = weights.sum((1, 2)).clamp_min(1e-12)  # (b,)
    shares = (alpha / total * weights[:, None]).sum((2, 3)) / norm[:, None]
    concentration = (total[:, 0] * weights).sum((1, 2)) / norm
    return shares, concentration


def composition_loss(shares: Tensor, concentration: Tensor, target: Tensor, head: str) -> Tensor:
    """The loss of each sample, shape (b,): one label is one likelihood term.

    ``dirichlet_one``: the Dirichlet negative log-likelihood of `target` under ``concentration *
    shares``. ``softmax``: the Kullback-Leibler divergence from `target` to `shares`. ``dirichlet``:
    that divergence for the shares, plus the Dirichlet likelihood for the concentration alone.
    ``logistic_normal``: the negative log-likelihood of the log-ratios of `target`.
    """
    if head == "softmax":
        return divergence(target, shares)
    if head == "dirichlet_one":
        return dirichlet_nll(shares, concentration, target)
    if head == "logistic_normal":
        return logistic_normal_nll(shares, concentration, target)
    of_concentration = dirichlet_nll(shares.detach(), concentration, target)
    return divergence(target, shares) + CONCENTRATION_WEIGHT * of_concentration


def divergence(target: Tensor, shares: Tensor) -> Tensor:
    """The Kullback-Leibler divergence from `target` to `shares`, both (b, component)."""
    target = target.clamp_min(1e-12)
    return (target * (target.log() - shares.clamp_min(1e-12).log())).sum(1)


def dirichlet_nll(shares: Tensor, concentration: Tensor, target: Tensor) -> Tensor:
    """The negative log density of `target` under Dirichlet(concentration * shares), shape (b,)."""
    target = target.clamp_min(SMALLEST_SHARE)
    target = target / target.sum(1, keepdim=True)
    alpha = (concentration[:, None] * shares).clamp_min(1e-6)
    norm = torch.lgamma(alpha).sum(1) - torch.lgamma(concentration)
    return norm - ((alpha - 1) * target.log()).sum(1)
