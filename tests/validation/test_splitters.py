"""Splitters: scikit-learn takes them as they are, and their folds partition the samples by whole groups."""

import numpy as np
import pytest
from regionwise.core.validation.knndm import KnndmSplitter
from regionwise.core.validation.splitters import BlockSplitter, GroupSplitter, RandomSplitter
from sklearn.model_selection import cross_val_predict, cross_validate
from sklearn.neighbors import KNeighborsRegressor

PLACES = np.random.default_rng(0).uniform(0, 100, (120, 2))
GROUPS = np.array([f"field {i // 3}" for i in range(120)], object)
AREA = np.random.default_rng(1).uniform(0, 100, (300, 2))
SPLITTERS = {
    "random": RandomSplitter(n_splits=4, seed=1),
    "group": GroupSplitter(n_splits=4, seed=1),
    "block": BlockSplitter(n_splits=4, seed=1, side=20.0),
    "kNNDM": KnndmSplitter(n_splits=4, seed=1, area=AREA),
}


@pytest.mark.parametrize("splitter", SPLITTERS.values(), ids=SPLITTERS)
def test_scikit_learn_scores_with_a_splitter(splitter):
    y = np.sin(PLACES[:, 0] / 10)
    scores = cross_validate(KNeighborsRegressor(1), PLACES, y, cv=splitter, groups=GROUPS)["test_score"]
    assert len(scores) == splitter.get_n_splits() == 4
    assert np.isfinite(cross_val_predict(KNeighborsRegressor(1), PLACES, y, cv=splitter, groups=GROUPS)).all()


@pytest.mark.parametrize("splitter", SPLITTERS.values(), ids=SPLITTERS)
def test_each_sample_is_tested_once_and_never_trains_then(splitter):
    tested = []
    for train, test in splitter.split(PLACES, groups=GROUPS):
        assert sorted(np.concatenate([train, test])) == list(range(120))
        tested += list(test)
    assert sorted(tested) == list(range(120))


@pytest.mark.parametrize("name", ["group", "block", "kNNDM"])
def test_no_group_trains_and_is_tested(name):
    for train, test in SPLITTERS[name].split(PLACES, groups=GROUPS):
        assert not set(GROUPS[train]) & set(GROUPS[test])


def test_blocks_hold_neighbours_out_together():
    nearest = []
    for name in ("random", "block"):
        gaps = [
            np.hypot(*(PLACES[test][:, None] - PLACES[train][None]).T).min(0).mean()
            for train, test in SPLITTERS[name].split(PLACES)
        ]
        nearest.append(np.mean(gaps))
    assert nearest[1] > 1.5 * nearest[0]
