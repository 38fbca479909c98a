"""What a footprint covers of a piece or a pixel tells how often it stands for the footprint in training."""

from types import SimpleNamespace

import numpy as np
from regionwise.core.data.patches.footprint_cells import systematic
from regionwise.core.learning.patch_batches import PatchBatches

RNG = np.random.default_rng(0)


def test_pieces_are_drawn_by_what_a_footprint_covers_of_them():
    cover = np.array([1.0, 0.01, 0.3, 0.7, 1.0])  # a sample with one piece, one with three, one with one
    batches = SimpleNamespace(
        _first=np.array([0, 1, 4, 5]), _patches=SimpleNamespace(weights=cover.astype(np.float32)[:, None, None])
    )
    samples = np.tile([2, 1, 0], 5000)
    pieces = PatchBatches._drawn(batches, samples, RNG)
    assert set(pieces[samples == 0]) == {0} and set(pieces[samples == 2]) == {4}
    often = np.bincount(pieces[samples == 1], minlength=5)[1:4] / 5000
    np.testing.assert_allclose(often, cover[1:4] / cover[1:4].sum(), atol=0.03)


def test_slivers_seldom_stand_for_a_footprint_of_few_pixels():
    weight = np.array([0.005, 1.0, 0.005, 1.0, 0.005])
    drawn = np.mean([systematic(weight, 2, RNG) for _ in range(500)], 0)
    np.testing.assert_allclose(drawn, weight / weight.sum(), atol=0.02)
    alike = np.mean([systematic(np.ones(4), 2, RNG) for _ in range(500)], 0)
    np.testing.assert_allclose(alike, 0.25, atol=0.05)
