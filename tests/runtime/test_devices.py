"""Devices: a GPU computes only where it answers as the processor does, and what else is said."""

from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest
import torch
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.learning_params import DEVICES
from regionwise.core.inference.window_cover import GRAIN
from regionwise.core.mapping.backend_trial import WINDOWS
from regionwise.core.nets import brits, convlstm, ltae, tempcnn
from regionwise.core.runtime import device_agreement, devices
from regionwise.core.runtime.device_agreement import LIMITS
from regionwise.core.runtime.devices import choose_device, find_gpu, out_of_memory, release_gpu
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode


@pytest.fixture(autouse=True)
def one_thread():
    """The networks of these tests are too small for more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Apple:
    """An Apple machine: its GPU computes as the processor does, but for what is told."""

    def __init__(self, monkeypatch, *, built=True, there=True):
        self.kind, self.wrong, answers = None, None, device_agreement._answers
        monkeypatch.setattr(torch.backends.mps, "is_built", lambda: built)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: there)
        monkeypatch.setattr(devices, "try_cuda", lambda: "this build of torch has no CUDA")

        def answered(net, inputs, device):
            if device != "mps" or self.kind is None:
                return answers(net, inputs, "cpu")
            with mock.patch.object(self.kind, "forward", self.wrong):
                return answers(net, inputs, "cpu")

        monkeypatch.setattr(device_agreement, "_answers", answered)

    def computes(self, kind, wrong):
        right = kind.forward
        self.kind, self.wrong = kind, lambda net, *values: wrong(right(net, *values))


def test_apples_gpu_is_taken_where_it_answers_as_the_processor(monkeypatch):
    Apple(monkeypatch)
    for wanted in ("auto", "mps"):
        device, line = choose_device("default", wanted)
        assert device == torch.device("mps")
        assert line == "Device: Apple's GPU (a small network answered there as on the processor)."


@pytest.mark.parametrize("kind", [nn.Conv2d, nn.Conv1d, nn.ConvTranspose2d, nn.Linear, nn.LayerNorm, nn.BatchNorm2d])
def test_apples_gpu_is_refused_if_one_kind_of_layer_is_wrong(monkeypatch, kind):
    Apple(monkeypatch).computes(kind, lambda found: found * 1.05)
    device, line = choose_device("auto", "auto")
    assert device == torch.device("cpu")
    assert "no GPU: Apple's GPU changes shares by" in line
    assert line.endswith("(at most 0.03, on average 0.001 are allowed).")
    with pytest.raises(
        RegionwiseError, match=r"The GPU cannot be used: Apple's GPU changes.*Choose Device = auto or cpu"
    ):
        choose_device("mps", "auto")


def test_what_is_tolerated_is_that_of_fast_precision(monkeypatch):
    apple = Apple(monkeypatch)
    apple.computes(nn.Linear, lambda found: found * (1 + 1e-4))
    assert find_gpu() == ("mps", "")
    monkeypatch.setitem(LIMITS, True, (1e-7, 1e-7))
    assert "at most 1e-07, on average 1e-07 are allowed" in find_gpu()[1]


def test_answers_that_are_no_numbers_are_refused(monkeypatch):
    Apple(monkeypatch).computes(nn.Conv1d, lambda found: found * torch.nan)
    assert find_gpu()[0] == ""


LACKING = [
    NotImplementedError("The operator 'aten::lgamma' is not implemented for the MPS device"),
    TypeError("Cannot convert a MPS Tensor to float64"),
    RuntimeError("no Metal"),
]


@pytest.mark.parametrize("error", LACKING)
def test_apples_gpu_that_lacks_something_is_passed_over_and_told(monkeypatch, error):
    def fails(found):
        raise error

    Apple(monkeypatch).computes(nn.LayerNorm, fails)
    device, line = choose_device("auto", "auto")
    assert device == torch.device("cpu")
    assert f"no GPU: Apple's GPU cannot compute our networks ({error})." in line


def test_without_apples_gpu_the_processor_computes(monkeypatch):
    Apple(monkeypatch, there=False)
    device, line = choose_device("auto", "auto")
    assert device == torch.device("cpu")
    assert line.endswith("no GPU: no GPU of Apple found, or macOS is too old for it.")
    Apple(monkeypatch, built=False, there=False)
    assert choose_device("auto", "auto")[1].endswith("no GPU: this build of torch has no CUDA.")
    with pytest.raises(RegionwiseError, match="this build of torch knows no GPU of Apple"):
        choose_device("mps", "auto")
    assert choose_device("cpu", "mps")[1].endswith("as chosen.")


def test_cuda_comes_before_apples(monkeypatch):
    Apple(monkeypatch)
    monkeypatch.setattr(devices, "try_cuda", lambda: "")
    assert find_gpu() == ("cuda", "")


def test_the_trial_network_leaves_random_numbers_alone():
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    assert device_agreement.disagreement("cpu") == (0.0, 0.0)
    assert torch.equal(torch.rand(3), wanted)


def test_every_device_has_its_windows():
    assert set(GRAIN) == set(WINDOWS) == set(DEVICES) - {"default", "auto"}
    for device, sides in WINDOWS.items():
        assert sorted(sides, reverse=True) == list(sides)
        assert all(side % GRAIN[device] == 0 for side in sides)


def test_memory_that_is_full_is_known_on_every_gpu():
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 9.06 GiB)"))
    assert not out_of_memory(RuntimeError("shapes do not fit"))


def test_only_the_gpu_that_computes_gives_memory_back(monkeypatch):
    calls = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: calls.append("cuda"))
    monkeypatch.setattr(torch.mps, "empty_cache", lambda: calls.append("mps"))
    for name in ("cpu", "mps", "cuda"):
        release_gpu(torch.device(name))
    assert calls == ["mps", "cuda"]


class NoDoubles(TorchDispatchMode):
    """Fails where numbers of 64 bits with a fraction appear, which Apple's GPUs do not know."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        found = function(*args, **(kwargs or {}))
        for tensor in found if isinstance(found, tuple | list) else [found]:
            assert not isinstance(tensor, torch.Tensor) or tensor.dtype != torch.float64, function
        return found


@pytest.mark.parametrize("encoder", ["recurrent", "convolutional", "attentive", "brits"])
def test_networks_of_series_need_no_float64_but_for_days(monkeypatch, encoder):
    for module in (brits, ltae):
        monkeypatch.setattr(module, "in_double", lambda days: days.float())
    days, x = torch.arange(1, 61, 10).expand(5, -1), torch.randn(5, 6, 3)
    nets = {"recurrent": convlstm.ConvLstm, "convolutional": tempcnn.TempCnn, "attentive": ltae.Ltae}
    with NoDoubles():
        if encoder == "brits":
            found = brits.Brits(3, 2, 4, width=8)(x, days, torch.randn(5, 2)).shares
        else:
            found = nets[encoder](3, 4, 8, 6)(x, torch.ones(5, 6, dtype=torch.bool), days)
        torch.autograd.backward(found.sum())


def test_days_are_counted_by_the_processor_where_the_gpu_has_no_float64():
    days = torch.tensor([[738_000, 738_001]])
    on_gpu = SimpleNamespace(device=torch.device("mps"), cpu=lambda: days, double=lambda: pytest.fail("on the GPU"))
    assert torch.equal(brits.in_double(on_gpu), days.double())
    angle = 2 * np.pi * np.array([738_000, 738_001]) / 365.2425
    assert brits.season(days)[0].numpy() == pytest.approx(np.stack([np.sin(angle), np.cos(angle)], 1), abs=1e-6)
