"""Backends answer as the network does, whatever the library; the trial takes the fastest that is right."""

import subprocess
import sys
import tempfile

import numpy as np
import pytest
import torch
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.inference import backend_choice
from regionwise.core.inference.backends import TorchBackend, maker
from regionwise.core.nets.resnet import CompositionNet, receptive_field
from support import ROOT

EXACT = [("openvino", False), ("ncnn", False)]


def network(blocks=(1, 2, 1), night=1, head="dirichlet", seed=0):
    torch.manual_seed(seed)
    net = CompositionNet(3, night, 4, width=16, blocks=blocks, head=head).eval()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.weight.data.normal_(0, 1)  # negative ones, too
    return net, [3, night][: 1 + bool(night)], receptive_field(blocks) // 2


def shares(net, logits):
    alpha = net.activate(logits)
    return alpha / alpha.sum(1, keepdim=True)


@pytest.mark.parametrize(("name", "fast"), [*EXACT, ("openvino", True), ("torch", True)])
@pytest.mark.parametrize(("blocks", "night"), [((1, 2, 1), 1), ((2, 0, 1), 1), ((1, 1, 0), 0)])
@torch.no_grad()
def test_every_backend_answers_as_the_network_for_windows_of_any_shape(name, fast, blocks, night):
    net, channels, halo = network(blocks, night)
    backend = maker(name, fast=fast)(net, channels, halo)
    generator = torch.Generator().manual_seed(1)
    for count, height, width in ((1, 8, 8), (3, 24, 40), (1, 64, 16), (2, 8, 8)):
        inputs = [torch.randn(count, c, height + 2 * halo, width + 2 * halo, generator=generator) for c in channels]
        found = backend.logits(inputs)
        assert found.shape == (count, 4, height, width)
        gap = (shares(net, found) - shares(net, net.logits(*inputs))).abs()
        assert gap.max() < (0.03 if fast else 1e-5)


def test_ncnn_and_its_converter_are_told_no_path_that_windows_might_not_know(monkeypatch, tmp_path):
    """They open files by names in the code page of the system."""
    import ncnn

    class Narrow(ncnn.Net):
        def load_param(self, path):
            pytest.fail(f"ncnn is to open {path}")

        def load_model(self, source):
            assert not isinstance(source, str)
            return super().load_model(source)

    def told(command, cwd, **more):
        assert str(folder) in cwd
        assert all(word.isascii() for word in command[1:])
        return run(command, cwd=cwd, **more)

    folder, run = tmp_path / "Grüße 中", subprocess.run
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(ncnn, "Net", Narrow)
    monkeypatch.setattr(subprocess, "run", told)
    net, channels, halo = network()
    backend = maker("ncnn", fast=False)(net, channels, halo)
    inputs = [torch.randn(1, c, 8 + 2 * halo, 8 + 2 * halo) for c in channels]
    with torch.no_grad():
        assert (shares(net, backend.logits(inputs)) - shares(net, net.logits(*inputs))).abs().max() < 1e-5
    assert not list(folder.iterdir())


def test_openvino_is_loaded_without_what_sends_statistics():
    code = (
        "import sys\nfrom regionwise.core.inference.backends import _openvino\n_openvino()\n"
        "assert sys.modules['openvino_telemetry'] is None\n"
        "assert 'openvino.tools.ovc.telemetry_stub' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT / "_alias")}, check=True)


class Greedy(torch.nn.Module):
    """A network for which only two windows at a time fit into memory."""

    def __init__(self, most):
        super().__init__()
        self.most, self.calls = most, []

    def logits(self, x):
        self.calls.append(len(x))
        if len(x) > self.most:
            raise torch.OutOfMemoryError("no memory")
        return 2 * x


def test_batch_is_halved_when_memory_runs_out_and_stays_so():
    net = Greedy(most=2)
    backend = TorchBackend(net, [1], 0, fast=False)
    x = torch.arange(7.0).reshape(7, 1, 1, 1)
    torch.testing.assert_close(backend.logits([x]), 2 * x)
    assert net.calls == [7, 4, 2, 2, 2, 1]
    backend.logits([x])
    assert net.calls[6:] == [2, 2, 2, 1]


@pytest.mark.parametrize("windows", [1, 2, 5])
def test_one_window_too_large_for_the_memory_is_told(windows):
    with pytest.raises(RegionwiseError, match="not enough free memory for one window"):
        TorchBackend(Greedy(most=0), [1], 0, fast=False).logits([torch.zeros(windows, 1, 1, 1)])


class Predictor:
    """A network that answers at a given speed and with a given error for each backend."""

    halo = 0

    def __init__(self, behaviour):
        self.behaviour, self.used, self.with_defaults = behaviour, [], False

    def use(self, choice):
        if isinstance(self.behaviour.get(choice.backend), Exception):
            raise self.behaviour[choice.backend]
        self.choice = choice
        self.used.append((choice.backend, choice.fast))

    def settle(self):
        self.with_defaults = True

    def answer(self, values, wanted):
        seconds, error = self.behaviour.get(self.choice.backend, (0.0, 0.0))
        Progress.now += seconds * wanted.sum()
        found = np.full(
            (2, int(wanted.sum())), 0.5 + error * self.choice.fast + error * (self.choice.backend != "torch")
        )
        return found.astype(np.float32), np.ones(int(wanted.sum()), np.float32)


class Progress:
    now = 0.0


class Listener:
    def __init__(self):
        self.lines = []

    def info(self, text):
        self.lines.append(text)

    warning = detail = info


def choose(behaviour, monkeypatch, *, fast=False, pixels=10**8, predictors=2, device="cpu"):
    monkeypatch.setattr(backend_choice.time, "perf_counter", lambda: Progress.now)
    side, listener = backend_choice.TRIAL_SIDE, Listener()
    found = [Predictor(behaviour) for _ in range(predictors)]
    area = backend_choice.TrialArea(np.zeros((1, side, side), np.float32), np.ones((side, side), bool))
    choice = backend_choice.choose(found, area, backend_choice.Conditions(fast, device, 128, pixels), listener)
    assert all(predictor.with_defaults and predictor.choice == choice for predictor in found)
    return choice, "\n".join(listener.lines)


def test_the_fastest_backend_is_taken_and_named(monkeypatch):
    choice, log = choose({"torch": (3e-6, 0), "ncnn": (1e-6, 1e-6), "openvino": (2e-6, 1e-6)}, monkeypatch)
    assert (choice.backend, choice.fast, choice.largest) == ("ncnn", False, 128)
    assert choice.cell == pytest.approx(1e-6)
    assert "Networks are computed by ncnn (float32)" in log
    assert "ncnn (float32) 1000, openvino (float32) 500, torch (float32) 333" in log


def test_on_apples_gpu_only_torch_is_tried_and_the_best_batch_found(monkeypatch):
    choice, log = choose({"torch": (3e-6, 0)}, monkeypatch, device="mps", pixels=500 * 500)
    assert choice.backend == "torch"
    assert choice.cells > 0
    assert "thousand pixels/s of one network: torch (float32) 333." in log


def test_a_backend_that_changes_shares_is_refused(monkeypatch):
    choice, log = choose({"torch": (3e-6, 0), "ncnn": (1e-6, 2e-4), "openvino": (2e-6, 1e-6)}, monkeypatch)
    assert choice.backend == "openvino"
    assert "ncnn (float32) changes shares by 0.0002 at most, 0.0002 on average; it is refused" in log


def test_a_backend_that_fails_is_passed_over(monkeypatch):
    broken = {"torch": (3e-6, 0), "ncnn": RuntimeError("no such instruction"), "openvino": ImportError("not there")}
    choice, log = choose(broken, monkeypatch)
    assert choice.backend == "torch"
    assert "ncnn (float32) cannot be used here (no such instruction)" in log


def test_a_small_map_is_not_worth_a_trial(monkeypatch):
    choice, _ = choose({"torch": (3e-6, 0), "ncnn": RuntimeError("tried"), "openvino": RuntimeError("tried")},
                       monkeypatch, pixels=500 * 500)  # fmt: skip
    assert choice.backend == "torch"


def test_bf16_is_only_used_where_it_was_asked_for(monkeypatch):
    speeds = {"torch": (3e-6, 5e-4), "ncnn": (9e-6, 0), "openvino": (1e-6, 4e-5)}
    assert not choose(speeds, monkeypatch)[0].fast
    assert choose(speeds, monkeypatch, fast=True)[0].describe() in ("openvino (bf16)", "openvino (float32)")


def test_processes_side_by_side_do_not_take_the_same_core():
    """OpenVINO would pin the threads of each to the first core, so that two were no faster than one."""
    net, channels, halo = network()
    compiled = maker("openvino", fast=False)(net, channels, halo)._request.get_compiled_model()
    assert not compiled.get_property("ENABLE_CPU_PINNING")
