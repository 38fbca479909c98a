"""The time left: known answers with a clock that the test turns."""

import pytest
from regionwise.core.contract.time_left import TimeLeft, left_in_words


class Clock:
    """A clock that goes on only when told."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def run(pace, *, until=1.0, step_s=1.0):
    """Yield seconds so far, fraction and time left of a run whose fraction grows by `pace(fraction)` per second."""
    clock = Clock()
    left = TimeLeft(clock)
    fraction = 0.0
    while fraction < until:
        clock.now += step_s
        fraction = min(fraction + pace(fraction) * step_s, 1.0)
        left.update(fraction)
        yield clock.now - 1000, fraction, left.seconds


def test_nothing_is_told_before_the_first_tenth():
    told = [(fraction, left) for _, fraction, left in run(lambda _: 0.03)]
    assert all((left is None) == (fraction < 0.1 - 1e-9) for fraction, left in told)


def test_an_even_run_is_told_exactly():
    for seconds, fraction, left in run(lambda _: 0.005):
        if left is not None and fraction < 1:
            assert left == pytest.approx(200 - seconds, rel=0.02, abs=0.5)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_stages_of_unequal_pace_stay_within_a_factor_of_two(factor):
    def pace(fraction):
        return 0.004 if fraction < 0.4 else 0.004 * factor

    rows = list(run(pace))
    total = rows[-1][0]
    for seconds, fraction, left in rows:
        if left is not None and fraction < 0.9:
            assert 0.45 < left / (total - seconds) < 2.2


def test_lumps_do_not_shake_what_is_shown():
    """Folds that stop early jump by a tenth; what is shown changes by at most a third each second."""
    clock = Clock()
    left = TimeLeft(clock)
    shown = []
    for second in range(1, 300):
        clock.now += 1
        left.update((second // 30) / 10)
        if left.seconds is not None:
            shown.append(left.seconds)
    assert len(shown) > 200
    for before, after in zip(shown[:-40], shown[1:-40], strict=False):
        assert abs(after - before) < 1.5 + before / 3


def test_time_goes_down_while_nothing_is_told_but_rises_when_the_run_stalls():
    clock = Clock()
    left = TimeLeft(clock)
    for second in range(1, 51):
        clock.now += 1
        left.update(second / 100)
    assert left.seconds == pytest.approx(50, rel=0.05)
    for _ in range(200):  # stalled, heard by heartbeats only
        clock.now += 1
        left.update(0.5)
    assert left.seconds > 150


def test_what_an_earlier_run_has_done_is_no_work():
    clock = Clock()
    left = TimeLeft(clock)
    left.update(0.8, skipped=True)
    for second in range(1, 11):
        clock.now += 1
        left.update(0.8 + 0.01 * second)
    assert left.seconds == pytest.approx(10, rel=0.1)  # not 2.5, as if nine tenths had taken ten seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""), (3, "a few seconds left"), (22, "about 20 s left"), (47, "about 50 s left"),
        (84, "about 80 s left"), (240, "about 4 min left"), (7260, "about 2 h 1 min left"),
    ],
)  # fmt: skip
def test_time_left_is_told_in_round_numbers(seconds, words):
    assert left_in_words(seconds) == words


def test_a_long_run_keeps_few_points():
    clock = Clock()
    left = TimeLeft(clock)
    for number in range(5000):
        clock.now += 1
        left.update(number / 10_000)
    assert len(left._way) <= 400
    assert left.seconds == pytest.approx(5000, rel=0.05)
