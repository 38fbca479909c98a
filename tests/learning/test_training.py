"""The training loop: best weights are copies, resume changes nothing, a learnable thing is learned."""

import copy
import os
import signal
import subprocess
import sys
import time

import geopandas as gpd
import numpy as np
import pytest
import torch
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.protocol import Job, Settings, write_job
from regionwise.core.families.composition.train import train
from regionwise.core.families.composition.train_regions import train_regions
from regionwise.core.learners.patch_learner import PatchLearner
from regionwise.core.learning.model_file import read_model
from regionwise.core.learning.patch_batches import augment, transform
from regionwise.core.learning.training_loop import CHECKPOINT_EPOCHS, FitOptions, fit
from regionwise.core.runtime.checkpoints import Checkpoints
from support import ROOT, run_task

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


class Killed(Exception):
    pass


@pytest.mark.parametrize("epoch", [CHECKPOINT_EPOCHS + 3, CHECKPOINT_EPOCHS * 2])
def test_resumed_training_equals_one_that_was_never_stopped(tmp_path, epoch):
    whole = net()
    expected = fit(whole, Line(), OPTIONS, checkpoints=Checkpoints(tmp_path / "a"), name="x", report=quiet) if (
        tmp_path / "a").mkdir() is None else None  # fmt: skip
    (tmp_path / "b").mkdir()

    def die(number, history):
        if number == epoch:
            raise Killed

    checkpoints = Checkpoints(tmp_path / "b")
    with pytest.raises(Killed):
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


def test_training_learns_what_imagery_tells(world, training, tmp_path):
    params = training(epochs=60, patience=60, width=8, scores=str(tmp_path / "s.csv"))
    ran = run_task(train, params, tmp_path / "job")
    assert ran.result.numbers["R2_MEAN"] > 0.2
    again = run_task(train, params, tmp_path / "other")
    assert again.result.numbers == ran.result.numbers


def test_killed_fold_is_repeated_and_finished_ones_are_not(world, training, tmp_path, monkeypatch):
    params = training(folds=3)
    run_task(train, params, tmp_path / "whole")
    expected = read_model(params.model)
    original, calls = PatchLearner.fit, []

    def dies_in_the_second(*args, **kwargs):
        calls.append(args[1].name)
        if len(calls) == 2:
            raise Killed
        return original(*args, **kwargs)

    monkeypatch.setattr(PatchLearner, "fit", dies_in_the_second)
    with pytest.raises(Killed):
        run_task(train, params, tmp_path / "job")
    ran = run_task(train, params, tmp_path / "job")
    assert calls == ["fold 1", "fold 2", "fold 2", "fold 3"]
    assert "global fold 1, network: finished in an earlier run, kept" in ran.log
    resumed = read_model(params.model)
    assert resumed.card == expected.card
    for name, arrays in expected.members.items():
        for key, array in arrays.items():
            np.testing.assert_array_equal(resumed.members[name][key], array)
    changed = run_task(train, training(folds=3, seed=7), tmp_path / "job")
    assert "earlier run" not in changed.log


def test_regions_give_experts_and_strict_members_that_are_told_apart(world, training, tmp_path):
    from regionwise.core.contract.params import Layer

    regions = Layer(str(world / "regions.gpkg"), "regions")
    params = training(
        regions=regions, region_field="region", holdout="both", expert="finetuned", epochs=2,
        predictions=str(tmp_path / "p.gpkg"),
    )  # fmt: skip
    ran = run_task(train_regions, params, tmp_path / "job")
    assert {"R2_WITHIN", "R2_POOLED", "R2_STRICT", "R2_MEAN"} <= set(ran.result.numbers)
    assert ran.result.numbers["R2_MEAN"] == ran.result.numbers["R2_STRICT"]
    card = read_model(params.model).card
    assert card.kinds() == {"within", "strict"}
    assert {m.region for m in card.members if m.kind == "within"} == set(card.regions)
    frame = gpd.read_file(tmp_path / "p.gpkg")
    np.testing.assert_array_equal(frame["fold_within"] == "", frame["fold_pooled"] == "")  # tested on the same samples
    buffer = float(ran.log.split("Buffer around an unseen region: ")[1].split()[0])
    assert buffer >= 15 * 90


def test_scaling_is_fitted_on_training_pixels_only(world, training, tmp_path, monkeypatch):
    original, seen = PatchLearner.fit, {}

    def remembers(self, split, *args, **kwargs):
        patches = self.training_data.patches.cropped(7)  # the field of 15 cells that the network sees
        pixels = patches.pixels(patches.of(split.train)).astype(np.float64)
        seen[split.name] = np.nanmean(pixels, (0, 2, 3))
        return original(self, split, *args, **kwargs)

    monkeypatch.setattr(PatchLearner, "fit", remembers)
    params = training(folds=2, epochs=1)
    run_task(train, params, tmp_path / "job")
    members = read_model(params.model).members
    for name, mean in seen.items():
        np.testing.assert_allclose(members[f"global {name}"]["scaling.mean"], mean, rtol=1e-4, atol=1e-5)
    assert not np.allclose(*seen.values())


def test_training_that_diverges_is_an_error_not_a_model(world, training, tmp_path):
    params = training(learning_rate=1e30)
    with pytest.raises(RegionwiseError, match=r"Training diverged in epoch .*Lower the learning rate"):
        run_task(train, params, tmp_path / "job")
    assert not (tmp_path / "model.safetensors").exists()


def test_really_killed_training_resumes_to_the_same_model_byte_for_byte(world, training, tmp_path):
    def start(name):
        folder = tmp_path / f"{name}.job"
        folder.mkdir(exist_ok=True)
        params = training(epochs=CHECKPOINT_EPOCHS * 2 + 5, patience=99, model=str(tmp_path / f"{name}.safetensors"))
        write_job(folder / "job.json", Job("CompositionTraining", params.to_json(), Settings(threads=1, device="cpu")))
        command = [sys.executable, "-m", "regionwise.core.worker", str(folder / "job.json")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "_alias")}
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)

    whole = start("whole")
    whole.communicate(timeout=300)
    killed = start("killed")
    end = time.monotonic() + 120
    while not list(tmp_path.glob("killed.job/work-*/fit-*")) and time.monotonic() < end:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert list(tmp_path.glob("killed.job/work-*/fit-*")), "it was to be killed in the middle of a fold"
    assert not (tmp_path / "killed.safetensors").exists()
    out, _ = start("killed").communicate(timeout=300)
    assert "epoch 1:" not in out.split("fold 2")[0]
    cards = [read_model(str(tmp_path / f"{name}.safetensors")).card for name in ("whole", "killed")]
    assert cards[0].scores == cards[1].scores
    tensors = [read_model(str(tmp_path / f"{name}.safetensors")).members for name in ("whole", "killed")]
    for name, arrays in tensors[0].items():
        for key, array in arrays.items():
            assert array.tobytes() == tensors[1][name][key].tobytes()


def test_edited_regions_never_resume_the_folds_of_the_old_ones(world, training, tmp_path, monkeypatch):
    import geopandas as gpd
    from regionwise.core.contract.params import Layer

    path = tmp_path / "r.gpkg"
    regions = gpd.read_file(world / "regions.gpkg")
    regions.to_file(path)
    params = training(regions=Layer(str(path), "r"), region_field="region", holdout="within", epochs=1)
    original, calls = PatchLearner.fit, []

    def dies(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise Killed
        return original(*args, **kwargs)

    monkeypatch.setattr(PatchLearner, "fit", dies)
    with pytest.raises(Killed):
        run_task(train_regions, params, tmp_path / "job")
    same = run_task(train_regions, params, tmp_path / "job")
    assert "finished in an earlier run" in same.log
    regions.loc[0, "geometry"] = regions.geometry[0].buffer(-1)
    path.unlink()
    regions.to_file(path)
    assert "earlier run" not in run_task(train_regions, params, tmp_path / "job").log


def test_quick_run_warns_and_is_small(world, training, tmp_path):
    ran = run_task(train, training(quick=True, width=64, epochs=300), tmp_path / "job")
    assert "Quick run" in ran.log
    assert read_model(training().model).card.network["arguments"]["width"] == 8
