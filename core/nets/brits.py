"""BRITS for pixel series with gaps: two recurrent directions that impute missing values and answer shares.

After Cao et al. (2018, BRITS) as Rodriguez-Ortega et al. use it for land-cover abundance with
ancillary data. Module names are the reference's, so its weights load as they are
(``reference=True``). Deviations otherwise, each with its reason:

- The weight between history and features passes a sigmoid, as in the paper: without it the mixture of
  the two estimates can leave the range between them.
- Steps carry the day of the year (sine and cosine), and gaps count days: the reference knows the order
  of months only.
- One shape of answer for all families: shares, and a concentration that measures how certain they are.

The backward direction gets the series reversed in time with the gaps of that order. (The published
loader gave both directions the same arrays.)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LARGEST_LOGIT = 9.0  # concentration between e^-9 and e^9
SMALLEST_COUNT = 1e-5
EMBEDDING = 50  # numbers that stand for the ancillary data


class BritsOutput(NamedTuple):
    """The output of `Brits` for pixels.

    Parameters
    ----------
    shares : Tensor, shape (b, component)
    concentration : Tensor, shape (b,)
    imputed : Tensor, shape (b, step, band)
        The series without gaps: the observed values, and the mean of both directions' estimates.
    imputation_loss, disagreement : Tensor, shape (b,)
        Error of the estimates where values were observed, and mean distance between the two directions.
    """

    shares: Tensor
    concentration: Tensor
    imputed: Tensor
    imputation_loss: Tensor
    disagreement: Tensor


class Steps(NamedTuple):
    """The steps of pixel series in the order of one direction.

    Parameters
    ----------
    values, present, gaps : Tensor, shape (b, step, band)
        z-scored values (0 where missing), 1 where present, and time since a value was present.
    real : Tensor, shape (b, step)
        0 for steps that only fill a series up; they leave the state as it is.
    season : Tensor, shape (b, step, 2)
        See `season`; of width 0 for the published network.
    """

    values: Tensor
    present: Tensor
    gaps: Tensor
    real: Tensor
    season: Tensor


class TemporalDecay(nn.Module):
    """How fast the state is forgotten: exp(-relu(W d + b)) of the gap before a step."""

    def __init__(self, bands: int, width: int, *, diagonal: bool) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.empty(width, bands).uniform_(-0.1, 0.1))
        self.b = nn.Parameter(torch.empty(width).uniform_(-0.1, 0.1))
        self.m: Tensor | None
        self.register_buffer("m", torch.eye(bands) if diagonal else None)

    def forward(self, gap: Tensor) -> Tensor:
        """(b, width) between 0 and 1 for gaps (b, band)."""
        weight = self.W if self.m is None else self.W * self.m
        return torch.exp(-F.relu(F.linear(gap, weight, self.b)))


class FeatureRegression(nn.Module):
    """An estimate of each band from the other bands of the same step."""

    def __init__(self, bands: int) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.empty(bands, bands).uniform_(-0.1, 0.1))
        self.b = nn.Parameter(torch.empty(bands).uniform_(-0.1, 0.1))
        self.m: Tensor
        self.register_buffer("m", 1 - torch.eye(bands))

    def forward(self, x: Tensor) -> Tensor:
        """(b, band) for (b, band)."""
        return F.linear(x, self.W * self.m, self.b)


class Rits(nn.Module):
    """One direction: imputes step by step, then answers from its last state and the ancillary data."""

    def __init__(self, bands: int, ancillary: int, components: int, width: int, *, reference: bool) -> None:
        super().__init__()
        self.reference = reference
        dates, outputs = (0, components) if reference else (2, components + 1)  # season; with the concentration
        self.rnn_cell = nn.LSTMCell(2 * bands + dates, width)
        self.temp_decay_h = TemporalDecay(bands, width, diagonal=False)
        self.temp_decay_x = TemporalDecay(bands, bands, diagonal=True)
        self.hist_reg = nn.Linear(width, bands)
        self.feat_reg = FeatureRegression(bands)
        self.weight_combine = nn.Linear(2 * bands, bands)
        self.ancillery_embed = nn.Linear(ancillary, EMBEDDING) if ancillary else None
        self.concat = nn.Linear(width + (EMBEDDING if ancillary else 0), width)
        self.out = nn.Linear(width, outputs)

    def forward(self, steps: Steps, ancillary: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (b, output), imputed values (b, step, band) and the imputation loss (b,).

        Parameters
        ----------
        ancillary : Tensor, shape (b, ancillary)
        """
        values = steps.values
        hidden = values.new_zeros(len(values), self.rnn_cell.hidden_size)
        cell, loss, imputed = torch.zeros_like(hidden), values.new_zeros(len(values)), []
        for step in range(values.shape[1]):
            x, m, gap = values[:, step], steps.present[:, step], steps.gaps[:, step]
            state = hidden, cell
            hidden = hidden * self.temp_decay_h(gap)
            from_history = self.hist_reg(hidden)
            filled = m * x + (1 - m) * from_history
            from_others = self.feat_reg(filled)
            trust = self.weight_combine(torch.cat([self.temp_decay_x(gap), m], 1))
            trust = trust if self.reference else torch.sigmoid(trust)
            estimate = trust * from_others + (1 - trust) * from_history
            errors = (x - from_history).abs() + (x - from_others).abs() + (x - estimate).abs()
            loss = loss + (errors * m).sum(1) / (m.sum() / len(m) + SMALLEST_COUNT)
            filled = m * x + (1 - m) * estimate
            next_state = self.rnn_cell(torch.cat([filled, m, steps.season[:, step]], 1), (hidden, cell))
            real = steps.real[:, step, None]
            hidden, cell = (torch.where(real, new, old) for new, old in zip(next_state, state, strict=True))
            imputed.append(filled)
        if self.ancillery_embed is not None:
            hidden = torch.cat([hidden, F.relu(self.ancillery_embed(ancillary))], 1)
        logits: Tensor = self.out(F.relu(self.concat(hidden)))
        return logits, torch.stack(imputed, 1), loss


class Brits(nn.Module):
    """Both directions; the answer is the mean of theirs.

    Parameters
    ----------
    bands, ancillary, components : int
        Bands per step, ancillary numbers per pixel, shares that are answered.
    width : int
        Numbers of the hidden state.
    reference : bool
        The published network: no sigmoid, no dates, no concentration.
    """

    def __init__(
        self, bands: int, ancillary: int, components: int, *, width: int = 100, reference: bool = False
    ) -> None:
        super().__init__()
        self.reference = reference
        self.rits_f, self.rits_b = (Rits(bands, ancillary, components, width, reference=reference) for _ in range(2))

    def forward(self, values: Tensor, days: Tensor, ancillary: Tensor | None) -> BritsOutput:
        """Shares of pixels with their concentration, and the imputed series.

        Parameters
        ----------
        values : Tensor, shape (b, step, band), z-scored, NaN where missing
        days : Tensor, shape (b, step)
            Days since any one day; 0 for steps that only fill a series up (all of their values are missing).
        ancillary : Tensor, shape (b, ancillary), z-scored, 0 where missing
        """
        present = torch.isfinite(values).to(values.dtype)
        filled = torch.where(present > 0, values, 0.0)
        logits, imputed, loss = self.rits_f(self._steps(filled, present, days), ancillary)
        backwards = self._steps(filled.flip(1), present.flip(1), days.flip(1))
        logits_back, imputed_back, loss_back = self.rits_b(backwards, ancillary)
        imputed_back = imputed_back.flip(1)
        shares, concentration = self._answer(logits, logits_back)
        disagreement = (imputed - imputed_back).abs().mean((1, 2))
        return BritsOutput(shares, concentration, (imputed + imputed_back) / 2, loss + loss_back, disagreement)

    def _steps(self, filled: Tensor, present: Tensor, days: Tensor) -> Steps:
        """The steps of one direction, whose series have that order."""
        real = days > 0
        gaps = time_gaps(present, _intervals(days, self.reference), real)
        without = filled.new_zeros(*filled.shape[:2], 0)
        return Steps(filled, present, gaps, real, without if self.reference else season(days).to(filled.dtype))

    def _answer(self, forward: Tensor, backward: Tensor) -> tuple[Tensor, Tensor]:
        """Mean shares and concentration of the logits of both directions."""
        components = forward.shape[1] - (not self.reference)
        shares = (torch.softmax(forward[:, :components], 1) + torch.softmax(backward[:, :components], 1)) / 2
        if self.reference:
            return shares, torch.ones_like(shares[:, 0])
        log_concentration = (forward[:, -1] + backward[:, -1]) / 2
        return shares, log_concentration.float().clamp(-LARGEST_LOGIT, LARGEST_LOGIT).exp()


def _intervals(days: Tensor, reference: bool) -> Tensor:
    """The time from each step to the one before, shape (b, step), in units of the series' mean.

    The reference counts steps; the first step counts as one.
    """
    if reference:
        return torch.ones_like(days, dtype=torch.float32)
    real = days > 0
    apart = (days[:, 1:] - days[:, :-1]).abs().float()
    both = real[:, 1:] & real[:, :-1]
    mean = (apart * both).sum(1, keepdim=True) / both.sum(1, keepdim=True).clamp_min(1)
    intervals = torch.where(both, apart / mean.clamp_min(1e-6), torch.ones_like(apart))
    return torch.cat([torch.ones_like(intervals[:, :1]), intervals], 1)


def time_gaps(present: Tensor, intervals: Tensor, real: Tensor) -> Tensor:
    """The time since each band was last present, shape (b, step, band), as BRITS counts it.

    It is 1 at the first real step; later the interval, plus the gap of the step before where that one was missing.
    """
    gaps = [intervals[:, :1].expand(-1, present.shape[2])]
    for step in range(1, present.shape[1]):
        gap = intervals[:, step : step + 1] + (1 - present[:, step - 1]) * gaps[-1]
        gaps.append(torch.where(real[:, step - 1, None], gap, torch.ones_like(gap)))
    return torch.stack(gaps, 1)


def season(days: Tensor) -> Tensor:
    """Sine and cosine of the time of the year, shape (b, step, 2)."""
    angle = 2 * torch.pi * (in_double(days) / 365.2425)
    return torch.stack([torch.sin(angle), torch.cos(angle)], 2).float().to(days.device)


def in_double(days: Tensor) -> Tensor:
    """`days` in float64: where they are, or on the processor if their device knows no such numbers."""
    return (days.cpu() if days.device.type == "mps" else days).double()
