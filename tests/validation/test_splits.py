"""Splits: folds partition, groups stay whole, buffers keep their distance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.validation import splits


@given(st.integers(4, 200), st.integers(2, 4), st.integers(0, 99))
def test_random_folds_partition_evenly(n, folds, seed):
    fold = splits.random_folds(n, folds, seed)
    sizes = np.bincount(fold, minlength=folds)
    assert sizes.sum() == n
    assert sizes.max() - sizes.min() <= 1


@given(st.lists(st.integers(0, 12), min_size=20, max_size=120), st.integers(0, 99))
def test_grouped_folds_never_split_a_group(groups, seed):
    groups = np.array(groups, object)
    if len(set(groups)) < 3:
        return
    fold = splits.grouped_folds(groups, 3, seed)
    assert set(fold) == {0, 1, 2}
    for group in set(groups):
        assert len(set(fold[groups == group])) == 1


def test_fewer_groups_than_folds_is_refused():
    with pytest.raises(RegionwiseError, match="2 groups of observed samples for 3 folds"):
        splits.grouped_folds(np.array(["a", "b", "a"], object), 3, 0)


def sample_set(n=200, seed=0):
    rng = np.random.default_rng(seed)
    group = np.array([f"s{i}" for i in rng.integers(0, 40, n)], object)
    return group, rng.random(n) < 0.3, rng.uniform(0, 100, (n, 2))


def test_augmented_samples_never_test_or_validate_nor_train_beside_a_tested_source():
    group, augmented, _ = sample_set()
    fold = splits.random_folds(len(group), 4, 1)
    groups = np.array([f"sample {i}" for i in range(len(group))], object)
    tested = []
    for split in splits.cross_validation(fold, groups, augmented, group, 0):
        held = np.concatenate([split.test, split.validation])
        assert not augmented[held].any()
        derived = split.train[augmented[split.train]]
        assert not set(group[derived]) & set(group[held])
        assert not set(split.train) & set(held)
        assert not set(split.test) & set(split.validation)
        tested.extend(split.test)
    assert sorted(tested) == list(np.flatnonzero(~augmented))


def test_grouped_validation_shares_no_source_between_the_three_parts():
    group, augmented, _ = sample_set()
    fold = splits.grouped_folds(group, 4, 1)
    for split in splits.cross_validation(fold, group, augmented, group, 0):
        parts = [set(group[index]) for index in (split.train, split.validation, split.test)]
        assert not parts[0] & parts[1]
        assert not parts[0] & parts[2]
        assert not parts[1] & parts[2]
        assert len(split.validation) > 0.1 * len(split.train)


def test_leave_region_out_never_sees_the_region_its_buffer_or_its_sources():
    group, augmented, xy = sample_set(400)
    group = np.array([f"{s}-{int(x // 12)}" for s, x in zip(group, xy[:, 0])], object)
    region = (xy[:, 0] > 50).astype(np.int64)
    distance = np.stack([np.maximum(xy[:, 0] - 50, 0), np.maximum(50 - xy[:, 0], 0)])
    for number, split in enumerate(
        splits.leave_region_out(splits.RegionZones(("west", "east"), region, distance < 15, 15.0), augmented, group, 0)
    ):
        used = np.concatenate([split.train, split.validation])
        assert not (region[used] == number).any()
        assert distance[number, used].min() >= 15
        assert set(split.test) == set(np.flatnonzero((region == number) & ~augmented))
        assert not set(group[used]) & set(group[region == number])  # groups reach across the border


def test_buffer_that_leaves_nothing_is_refused():
    group, augmented, xy = sample_set(40)
    region = (xy[:, 0] > 50).astype(np.int64)
    with pytest.raises(RegionwiseError, match="No samples are left outside region 'west' and its buffer of 500"):
        splits.leave_region_out(
            splits.RegionZones(("west", "east"), region, np.ones((2, 40), bool), 500.0), augmented, group, 0
        )


def test_within_region_holdout_trains_on_the_region_and_tests_its_held_out_sources():
    group, augmented, xy = sample_set()
    region = (xy[:, 0] > 50).astype(np.int64)
    for number, split in enumerate(splits.within_region_holdout(region, augmented, group, ("west", "east"), 0)):
        assert (region[split.test] == number).all()
        assert (region[split.train] == number).any()
        assert not set(group[split.test]) & set(group[split.train])
        own = (region == number) & ~augmented
        assert 0.1 < len(split.test) / own.sum() < 0.35


def test_folds_are_dealt_by_observed_samples():
    groups = np.array(list("aaabbbccc"), object)
    augmented = groups == "c"
    with pytest.raises(RegionwiseError, match="2 groups of observed samples for 3 folds"):
        splits.grouped_folds(groups, 3, 0, augmented)
    fold = splits.grouped_folds(groups, 2, 0, augmented)
    assert set(fold[~augmented]) == {0, 1}


def test_region_of_one_source_is_named():
    region = np.array([0, 0, 0, 1, 1, 1])
    group = np.array(["a", "b", "c", "d", "d", "d"], object)
    with pytest.raises(RegionwiseError, match="Region 'east' has observed samples of one source only"):
        splits.within_region_holdout(region, np.zeros(6, bool), group, ("west", "east"), 0)
