"""What `auto` chooses, and that a run which goes on after a kill chooses the same."""

import io

import pytest
from regionwise.core.contract.protocol import Channel, Settings
from regionwise.core.learning.model_types import BOOSTING, RIDGE, STACK
from regionwise.core.runtime.checkpoints import Checkpoints
from regionwise.core.runtime.run import Run
from regionwise.core.workflow.planning import model_choice
from regionwise.core.workflow.planning.model_choice import Choice, Rule, first_choice, settled


class _Machine:
    """An executor of a machine with or without a GPU; it counts how often it was asked."""

    def __init__(self, device, *, remote=False):
        self.remote, self.name, self.asked = remote, device, 0

    def device(self, wanted):
        self.asked += 1
        return self.name, f"Device: {self.name}"


@pytest.fixture
def first(tmp_path, monkeypatch):
    """Return a function that makes the first choice on a machine."""

    def make(asked="auto", *, device="cpu", signs=True, minutes=0.0, wanted="default", torch=True, rule=Rule()):  # noqa: B008
        monkeypatch.setattr(model_choice, "gpu_signs", lambda: signs)
        monkeypatch.setattr(model_choice, "has_torch", lambda: torch)
        machine = _Machine(device)
        run = Run(Channel(io.BytesIO()), Settings(device="auto"), tmp_path)
        return first_choice(asked, wanted, minutes, rule, machine, run), machine

    return make


def test_a_type_that_was_asked_for_is_obeyed(first):
    choice, machine = first("network", device="cuda", minutes=5)
    assert choice == Choice("network")
    assert not choice.told
    assert machine.asked == 0


def test_without_gpu_and_budget_trees_learn_whatever_the_samples_are(first, tmp_path):
    choice, machine = first(signs=False)
    assert (choice.model_type, choice.open, machine.asked) == (BOOSTING, False, 0)
    assert "no GPU computes here" in choice.reason
    again = settled(choice, Rule(), 10**6, 0.0, _never, Checkpoints(tmp_path))
    assert again == choice
    assert not list(tmp_path.glob("choice*"))


def test_a_sign_of_a_gpu_that_does_not_work_is_no_gpu(first):
    choice, machine = first(signs=True, device="cpu")
    assert (choice.model_type, machine.asked) == (BOOSTING, 1)


@pytest.mark.parametrize(("wanted", "device"), [("cpu", "cuda"), ("default", "cpu")])
def test_forecasts_fall_back_on_the_regression(first, wanted, device):
    assert first(wanted=wanted, device=device, rule=Rule(RIDGE))[0].model_type == RIDGE


def test_an_engine_without_networks_learns_trees_even_with_a_budget(first):
    choice, _ = first(device="cuda", minutes=100, torch=False)
    assert (choice.model_type, choice.open) == (BOOSTING, False)
    assert "has no networks" in choice.reason


@pytest.mark.parametrize(("count", "chosen"), [(999, BOOSTING), (1000, STACK)])
def test_on_a_gpu_the_number_of_samples_decides(first, tmp_path, count, chosen):
    choice, _ = first(device="cuda")
    assert (choice.model_type, choice.open, choice.gpu) == (STACK, True, True)
    decided = settled(choice, Rule(fewest=1000), count, 0.0, _never, Checkpoints(tmp_path))
    assert decided.model_type == chosen
    assert f"{count} observed samples" in decided.reason


@pytest.mark.parametrize(
    ("minutes", "expected", "chosen"), [(10, 600.0, STACK), (10, 601.0, BOOSTING), (10, None, BOOSTING)]
)
def test_a_budget_lets_the_stack_learn_if_it_fits_in(first, tmp_path, minutes, expected, chosen):
    choice, _ = first(minutes=minutes)
    assert choice.open
    decided = settled(choice, Rule(), 5000, minutes, lambda: expected, Checkpoints(tmp_path))
    assert decided.model_type == chosen
    assert decided.reason.startswith(f"Model type auto chose {chosen}: ")


def test_a_run_that_goes_on_after_a_kill_chooses_the_same_whatever_the_clock_says(first, tmp_path):
    choice, _ = first(minutes=10)
    before = settled(choice, Rule(), 5000, 10, lambda: 599.0, Checkpoints(tmp_path))
    after = settled(choice, Rule(), 5000, 10, lambda: 6000.0, Checkpoints(tmp_path))
    assert before == after
    assert after.model_type == STACK


def _never():
    raise AssertionError("the clock must not be asked")
