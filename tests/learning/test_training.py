"""The training loop: best weights are copies, resume changes nothing, a learnable thing is learned."""

import copy
import shutil
import signal
import time

import geopandas as gpd
import numpy as np
import pytest
import torch
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.families.composition.train import train
from regionwise.core.families.composition.train_regions import train_regions
from regionwise.core.learning.model_file import read_model
from regionwise.core.learning.patch_batches import augment, transform
from regionwise.core.learning.training_loop import CHECKPOINT_EPOCHS, FitOptions, fit
from regionwise.core.runtime.checkpoints import Checkpoints
from support import run_task
from trainings import layer, start_engine

OPTIONS = FitOptions(25, 30, 0.05, 0.0, 3, torch.device("cpu"))


class Line:
    """Data on a line; `scores` overrides the validation scores."""

    def __init__(self, scores=None):
        rng = np.random.default_rng(0)
        self.x = torch.from_numpy(rng.normal(size=(64, 2))).float()
        self.y = self.x @ torch.tensor([1.0, -2.0])
        self.scores = scores
        self.seen = []

    def batches(self, rng):
        for chunk in np.array_split(rng.permutation(64), 4):
            yield {"x": self.x[chunk], "y": self.y[chunk]}

    def loss(self, net, batch):
        error = (net(batch["x"])[:, 0] - batch["y"]) ** 2
        return error.sum(), torch.tensor(float(len(error)))

    def validate(self, net):
        self.seen.append(copy.deepcopy(net.state_dict()))
        loss = float(((net(self.x)[:, 0] - self.y) ** 2).mean())
        return loss, self.scores[len(self.seen) - 1] if self.scores else -loss


def net():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Dropout(0.2), torch.nn.Linear(8, 1))


def quiet(epoch, history):
    pass


def test_best_weights_are_those_of_the_best_epoch_not_the_last(tmp_path):
    data = Line(scores=[0.1, 0.9, 0.2, 0.3, 0.4])
    model = net()
    options = FitOptions(5, 10, 0.05, 0.0, 3, torch.device("cpu"))
    history = fit(model, data, options, checkpoints=Checkpoints(tmp_path), name="x", report=quiet)
    assert history.best_epoch == 1
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, data.seen[1][name])
        assert not torch.equal(tensor, data.seen[4][name])


def test_patience_stops(tmp_path):
    data = Line(scores=[0.5] + [0.1] * 24)
    options = FitOptions(25, 4, 0.05, 0.0, 3, torch.device("cpu"))
    history = fit(net(), data, options, checkpoints=Checkpoints(tmp_path), name="x", report=quiet)
    assert len(history.score) == 5


class Stopped(Exception):
    pass


@pytest.mark.parametrize("epoch", [CHECKPOINT_EPOCHS + 3, CHECKPOINT_EPOCHS * 2])
def test_resumed_training_equals_one_that_was_never_stopped(tmp_path, epoch):
    whole = net()
    for name in "ab":
        (tmp_path / name).mkdir()
    expected = fit(whole, Line(), OPTIONS, checkpoints=Checkpoints(tmp_path / "a"), name="x", report=quiet)

    def die(number, history):
        if number == epoch:
            raise Stopped

    checkpoints = Checkpoints(tmp_path / "b")
    with pytest.raises(Stopped):
        fit(net(), Line(), OPTIONS, checkpoints=checkpoints, name="x", report=die)
    torch.manual_seed(99)  # another state of the global generator
    resumed, epochs = net(), []
    history = fit(resumed, Line(), OPTIONS, checkpoints=checkpoints, name="x", report=lambda e, h: epochs.append(e))
    assert epochs[0] == epoch // CHECKPOINT_EPOCHS * CHECKPOINT_EPOCHS
    assert history == expected
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name])


def test_symmetries_are_the_eight_of_the_square_and_move_mask_and_values_alike():
    x = torch.arange(9.0).reshape(1, 1, 3, 3)
    assert len({tuple(transform(x, n).flatten().tolist()) for n in range(8)}) == 8
    batch = x.repeat(8, 1, 1, 1)
    turned = augment(batch, np.arange(8))
    for number in range(8):
        assert torch.equal(turned[number], transform(x, number)[0])
        assert torch.equal(turned[number, 0], augment(batch[:, 0], np.arange(8))[number])


def names(fits):
    return [split.name for _, split in fits]


def assert_same_members(found, expected):
    """Every tensor of every member is equal, byte for byte."""
    assert found.keys() == expected.keys()
    for name, arrays in expected.items():
        assert found[name].keys() == arrays.keys()
        for key, array in arrays.items():
            assert array.tobytes() == found[name][key].tobytes(), (name, key)


@pytest.mark.train
def test_training_learns_what_imagery_tells(whole):
    (mean,) = (row["r2"] for row in whole.card.scores if row["model"] == "network" and row["component"] == "mean")
    assert mean > 0.2


@pytest.mark.train
def test_killed_fold_is_repeated_and_finished_ones_are_not(whole, long, training, tmp_path, killed):
    params = training(**long)
    assert names(killed(train, params, tmp_path / "job", 2)) == ["fold 1", "fold 2"]
    shutil.copytree(tmp_path / "job", tmp_path / "other")
    assert names(killed(train, training(**long, seed=7), tmp_path / "other", 1)) == [
        "fold 1"
    ]  # nothing was kept for it
    ran = run_task(train, params, tmp_path / "job", threads=1)
    assert "global fold 1, network: finished in an earlier run, kept" in ran.log
    assert "global fold 1, network: 1" not in ran.log
    assert ran.log.count("global fold 2, network: ") == 1
    resumed = read_model(params.model)
    assert resumed.card.scores == whole.card.scores
    assert resumed.card.members == whole.card.members
    assert resumed.card.fingerprint == whole.card.fingerprint
    assert_same_members(resumed.members, whole.members)


@pytest.mark.train
def test_regions_give_experts_and_strict_members_that_are_told_apart(experts):
    found = experts.ran.result.numbers
    assert {"R2_WITHIN", "R2_POOLED", "R2_STRICT", "R2_MEAN"} <= set(found)
    assert found["R2_MEAN"] == found["R2_STRICT"]
    card = read_model(experts.params.model).card
    assert card.kinds() == {"within", "strict"}
    assert {m.region for m in card.members if m.kind == "within"} == set(card.regions)
    frame = gpd.read_file(experts.params.predictions)
    np.testing.assert_array_equal(frame["fold_within"] == "", frame["fold_pooled"] == "")  # tested on the same samples
    np.testing.assert_array_equal(frame["unit_strict"], frame["fold_strict"])
    tested = frame[frame["fold_within"] != ""]
    np.testing.assert_array_equal(tested["unit_within"], tested["source"])
    buffer = float(experts.ran.log.split("Buffer around an unseen region: ")[1].split()[0])
    assert buffer >= 15 * 90


@pytest.mark.train
def test_quick_run_warns_and_is_small(experts, training, tmp_path, killed):
    assert "Quick run" in experts.ran.log
    assert read_model(experts.params.model).card.networks["network"]["arguments"]["width"] == 8
    ((learner, _),) = killed(train, training(quick=True, width=64, epochs=300), tmp_path / "job", 1)
    assert (learner.params.width, learner.params.epochs) == (8, 4)


@pytest.mark.train
def test_scaling_is_fitted_on_training_pixels_only(whole, training, tmp_path, killed):
    means = []
    for learner, split in killed(train, training(epochs=1), tmp_path / "job", 2):
        patches = learner.training_data.patches.cropped(7)  # the field of 15 cells that the network sees
        means.append(np.nanmean(patches.pixels(patches.of(split.train)).astype(np.float64), (0, 2, 3)))
        found = whole.members[f"global {split.name}"]["scaling.mean"]
        np.testing.assert_allclose(found, means[-1], rtol=1e-4, atol=1e-5)
    assert not np.allclose(*means)


def test_training_that_diverges_is_an_error_not_a_model(training, tmp_path):
    params = training(learning_rate=1e30)
    with pytest.raises(RegionwiseError, match=r"Training diverged in epoch .*Lower the learning rate"):
        run_task(train, params, tmp_path / "job")
    assert not (tmp_path / "model.safetensors").exists()


@pytest.mark.train
def test_really_killed_training_resumes_to_the_same_model_byte_for_byte(whole, long, training, tmp_path):
    params = training(**long)
    killed = start_engine(params, tmp_path / "job")
    end = time.monotonic() + 600
    while not list(tmp_path.glob("job/work-*/fit-*")) and time.monotonic() < end:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert list(tmp_path.glob("job/work-*/fit-*")), "it was to be killed in the middle of a fold"
    assert not (tmp_path / "model.safetensors").exists()
    out, _ = start_engine(params, tmp_path / "job").communicate(timeout=900)
    assert "global-network-0, epoch 1:" not in out  # its second stage is named otherwise
    model = read_model(params.model)
    assert model.card.scores == whole.card.scores
    assert_same_members(model.members, whole.members)


@pytest.mark.train
def test_edited_regions_never_resume_the_folds_of_the_old_ones(world, training, tmp_path, killed):
    path = tmp_path / "r.gpkg"
    regions = gpd.read_file(world / "regions.gpkg")
    regions.to_file(path)
    params = training(regions=layer(path), region_field="region", holdout="within", epochs=1)
    first, second, third = names(killed(train_regions, params, tmp_path / "job", 3))
    assert names(killed(train_regions, params, tmp_path / "job", 1)) == [third]  # the finished ones were kept
    regions.loc[0, "geometry"] = regions.geometry[0].buffer(-1)
    path.unlink()
    regions.to_file(path)
    assert names(killed(train_regions, params, tmp_path / "job", 2)) == [first, second]
