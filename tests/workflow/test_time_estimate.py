"""What an estimate says: known times give known sums, and a budget that is too small is told."""

import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
from regionwise.core.contract.protocol import Channel, Settings
from regionwise.core.learning.search import HyperParameterSearch
from regionwise.core.runtime.local_executor import LocalExecutor
from regionwise.core.runtime.run import Run
from regionwise.core.validation.splits import Split
from regionwise.core.workflow.planning import time_estimate
from regionwise.core.workflow.planning.time_estimate import CLOSING_S, Estimate, estimate, seconds_of_items, tell_time


class _Learner:
    """A learner of known speed."""

    def __init__(self, each, size=0):
        self.each, self.size, self.timed = each, size, []

    type = "network"

    def description(self):
        return {}

    def fit(self, split, name, report, start=None):
        raise AssertionError("timing must not learn a member that is kept")

    def process_bytes(self, splits):
        return self.size

    def seconds(self, split, name):
        self.timed.append(split.name)
        return self.each


def _splits(*sizes):
    return [Split(str(n), np.arange(n), np.arange(1), np.arange(1)) for n in sizes]


@pytest.fixture
def executor(tmp_path):
    return LocalExecutor(Run(Channel(io.BytesIO()), Settings(threads=2, memory_gb=8), tmp_path))


def test_the_split_of_middle_size_stands_for_all(executor):
    learner = _Learner(3.0)
    found = estimate({"network": learner}, _splits(10, 30, 20), executor)
    assert learner.timed == ["20"]
    assert found.main == {"network": 9.0}
    assert found.seconds == 9.0 + CLOSING_S


def test_a_search_takes_as_many_times_as_it_has_pairs(executor):
    searching = HyperParameterSearch(_Learner(2.0), [(1e-3, 0.1), (1e-3, 0.2), (1e-4, 0.1)])
    found = estimate({"network": searching}, _splits(5, 5), executor)
    assert found.each == {"network": 6.0}
    assert found.main == {"network": 12.0}


def test_splits_side_by_side_take_less_than_one_after_the_other(executor):
    alone, together = (
        estimate({"network": _Learner(100.0, size)}, _splits(5, 5, 5, 5, 5), executor).main["network"]
        for size in (0, 2**20)
    )
    assert alone == 500.0
    assert together == seconds_of_items(100.0, 5, 2) == pytest.approx(6.0 + 3 * 120.0)


def test_what_cannot_be_timed_is_not_guessed(executor):
    untimed = SimpleNamespace(type="network", description=dict, fit=None, process_bytes=lambda _: 0)
    assert estimate({"network": untimed}, _splits(5), executor) is None
    assert estimate({"network": _Learner(1.0)}, _splits(5), object()) is None


def _told(expected, minutes, more=0.0):
    stream = io.BytesIO()
    tell_time(Channel(stream), expected, minutes, more=more)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_the_time_is_told_in_minutes_with_its_parts():
    (line,) = _told(Estimate({}, {"network": 540.0, "boosting": 60.0}), 0.0, 120.0)
    assert line["text"] == (
        "About 12 min on this machine: network 9 min, boosting 60 s, validations beside it 2 min, baselines, "
        "scores and report 8 s."
    )


def test_a_type_that_takes_longer_than_the_budget_is_told_with_what_is_quicker(monkeypatch):
    monkeypatch.setattr(time_estimate, "CLOSING_S", 0.0)
    slow = Estimate({}, {"network": 5580.0, "boosting": 120.0}, closing=0.0)
    lines = _told(slow, 20.0)
    assert [line["level"] for line in lines] == ["info", "warning"]
    assert lines[1]["text"].startswith("About 1 h 35 min on this machine; your time budget is 20 min.")
    assert "Model type = boosting takes about 2 min." in lines[1]["text"]
    assert len(_told(slow, 95.0)) == 1
