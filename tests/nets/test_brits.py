"""BRITS: parity with the published network, and what must hold whatever the weights."""

import json

import numpy as np
import pytest
import torch
from regionwise.core.nets.brits import Brits, Rits, Steps, season, time_gaps

BAND_MEAN = (1778.0370114114635, 2885.055655885381, 1256.2631572253467, 1586.7335998607268, 2817.6737163027287,
             2420.865232616906, 1763.7376743953382)  # fmt: skip
BAND_STD = (2067.9758198306, 1811.1213005051807, 2146.4020578479854, 2059.230258563475, 1454.778090999886,
            1595.473540093584, 1487.7149351931803)  # fmt: skip
ANCILLARY = {  # in the order of training: mean, deviation
    "longitude": (-4.5726, 1.42003659), "latitude": (37.4675, 0.54427359),
    "altitude": (526.941630062964, 434.20557148483016), "slope": (9.098918613850193, 6.635985730650851),
    "precipitation": (3398.9591808260107, 1157.0350863758044),
    "evapotranspiration": (5147.744891820799, 466.2150145975434),
    "temperature_ave": (15.593676475326593, 1.9789136521273902), "temperature_max": (21.606108, 2.076332),
    "temperature_min": (10.047357, 2.012799),
}  # fmt: skip
MONTHS = torch.arange(1, 13)[None]


@pytest.fixture
def published(shared):
    state = torch.load(shared / "reference" / "weights" / "abundance_N1.ckpt", weights_only=True, map_location="cpu")[
        "state_dict"
    ]
    net = Brits(7, 9, 4, reference=True)
    net.load_state_dict({name.removeprefix("model."): tensor for name, tensor in state.items()})
    return net.eval()


@torch.no_grad()
def test_published_weights_answer_as_published(shared, published):
    saved = {k: torch.from_numpy(v) for k, v in np.load(shared / "reference" / "abundance_N1.npz").items()}
    values = torch.where(saved["masks"] > 0, saved["values"], torch.nan).float()
    found = published(values, MONTHS.expand(len(values), -1), saved["ancillary"].float())
    torch.testing.assert_close(found.shares, saved["fractions"].float(), atol=1e-4, rtol=0)
    torch.testing.assert_close(found.imputed, saved["imputations"].float(), atol=1e-4, rtol=0)


@torch.no_grad()
def test_the_modis_pixel_answers_by_its_right_series(shared, published):
    pixel = json.loads((shared / "reference" / "modis_pixel_236.json").read_text())
    values = (np.array(pixel["ts_data"]["values"]) - BAND_MEAN) / BAND_STD
    ancillary = [(pixel["ancillary_data"][k] - mean) / std for k, (mean, std) in ANCILLARY.items()]
    found = published(torch.tensor(values[None]).float(), MONTHS, torch.tensor([ancillary]).float())
    np.testing.assert_allclose(found.shares[0], [0.00133, 0.00749, 0.98532, 0.00586], atol=1e-5)


def random_net(seed=0, *, reference=False):
    torch.manual_seed(seed)
    return Brits(3, 2, 4, width=8, reference=reference).eval()


def random_series(n=5, steps=6, missing=0.4):
    generator = torch.Generator().manual_seed(1)
    values = torch.randn(n, steps, 3, generator=generator)
    values[torch.rand(n, steps, 3, generator=generator) < missing] = torch.nan
    days = torch.cumsum(torch.randint(5, 30, (n, steps), generator=generator), 1) + 730_000
    return values, days, torch.randn(n, 2, generator=generator)


@torch.no_grad()
@pytest.mark.parametrize("reference", [False, True])
def test_shares_sum_to_1_and_observed_values_stay(reference):
    values, days, ancillary = random_series()
    found = random_net(reference=reference)(values, days, ancillary)
    torch.testing.assert_close(found.shares.sum(1), torch.ones(5))
    there = torch.isfinite(values)
    torch.testing.assert_close(found.imputed[there], values[there])
    assert torch.isfinite(found.imputed).all() and (found.concentration > 0).all()


@torch.no_grad()
@pytest.mark.parametrize("reference", [False, True])
def test_what_is_masked_never_changes_the_answer(reference):
    torch.manual_seed(0)
    net = Rits(3, 2, 4, 8, reference=reference)
    values, days, ancillary = random_series()
    present = torch.isfinite(values).float()
    real = torch.ones(5, 6, dtype=torch.bool)
    gaps = time_gaps(present, torch.ones(5, 6), real)
    extra = torch.zeros(5, 6, 0) if reference else season(days)
    answers = []
    for fill in (0.0, 1000.0):
        found = net(Steps(torch.where(present > 0, values, fill), present, gaps, real, extra), ancillary)
        answers.append(found)
    for one, other in zip(*answers, strict=True):
        torch.testing.assert_close(one, other)


@torch.no_grad()
@pytest.mark.parametrize("reference", [False, True])
def test_reversing_the_series_swaps_the_directions(reference):
    values, days, ancillary = random_series()
    net, swapped = random_net(reference=reference), random_net(reference=reference)
    swapped.rits_f, swapped.rits_b = swapped.rits_b, swapped.rits_f
    one, other = net(values, days, ancillary), swapped(values.flip(1), days.flip(1), ancillary)
    torch.testing.assert_close(one.shares, other.shares, rtol=0, atol=0)
    torch.testing.assert_close(one.imputed, other.imputed.flip(1), rtol=0, atol=0)


@torch.no_grad()
def test_pixels_do_not_see_each_other():
    values, days, ancillary = random_series()
    net = random_net()
    whole = net(values, days, ancillary).shares
    alone = torch.cat([net(values[i : i + 1], days[i : i + 1], ancillary[i : i + 1]).shares for i in range(5)])
    torch.testing.assert_close(whole, alone)


@torch.no_grad()
def test_real_dates_count_and_years_do_not():
    values, days, ancillary = random_series()
    net = random_net()
    found = net(values, days, ancillary).shares
    later = net(values, days + 100 * 365 + 24 + 1, ancillary).shares  # a century has 24 leap days, or 25
    torch.testing.assert_close(found, later, atol=2e-3, rtol=0)
    stretched = days.clone()
    stretched[:, 3:] += 90
    assert (found - net(values, stretched, ancillary).shares).abs().max() > 1e-4


def test_gaps_are_counted_as_published():
    present, real = torch.tensor([[1.0, 0.0, 0.0, 1.0, 1.0]])[..., None], torch.ones(1, 5, dtype=torch.bool)
    assert time_gaps(present, torch.ones(1, 5), real)[0, :, 0].tolist() == [1, 1, 2, 3, 1]
    assert time_gaps(present, torch.tensor([[1.0, 2, 1, 1, 3]]), real)[0, :, 0].tolist() == [1, 2, 3, 4, 3]


@torch.no_grad()
@pytest.mark.parametrize("reference", [False, True])
def test_steps_that_fill_up_change_nothing(reference):
    values, days, ancillary = random_series()
    net = random_net(reference=reference)
    longer = torch.cat([values, torch.full((5, 4, 3), torch.nan)], 1)
    more = torch.cat([days, torch.zeros(5, 4, dtype=days.dtype)], 1)
    one, other = net(values, days, ancillary), net(longer, more, ancillary)
    torch.testing.assert_close(one.shares, other.shares, rtol=0, atol=1e-6)
    torch.testing.assert_close(one.imputed, other.imputed[:, :6], rtol=0, atol=1e-5)
