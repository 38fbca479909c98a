"""Progress of a stage: weighted parts, tells from deep inside, and a heartbeat over a real silence."""

import io
import json
import threading
import time

import pytest
from regionwise.core.contract.protocol import MOST, Channel
from regionwise.core.runtime.heartbeat import beating
from regionwise.core.runtime.progress import Progress, counted, span, tell, told_to


@pytest.fixture
def heard():
    """Return a list that gets all that is told inside the test."""
    said = []
    with told_to(lambda fraction, text: said.append((round(fraction, 3), text))):
        yield said


def test_spans_nest(heard):
    with span(0.5, 1.0, "tile 2"):
        tell(0.5)
        with span(0.0, 0.5):
            tell(1.0, "trees")
    assert heard == [(0.5, "tile 2"), (0.75, "tile 2"), (0.5, "tile 2"), (0.75, "trees")]


def test_items_are_counted(heard):
    assert list(counted("abcd", "letters")) == list("abcd")
    assert heard == [(0.25, "letters"), (0.5, "letters"), (0.75, "letters"), (1.0, "letters")]
    heard.clear()
    assert list(counted(iter("ab"), total=4)) == ["a", "b"]
    assert heard == [(0.25, ""), (0.5, "")]


def test_where_nobody_listens_nothing_is_told():
    tell(0.5)
    with span(0, 1):
        tell(0.5)
    assert list(counted([1, 2])) == [1, 2]


def test_parts_side_by_side_sum_up_and_never_go_back():
    stream = io.BytesIO()
    channel = Channel(stream)
    progress = Progress(channel, 4)
    parts = [progress.begin() for _ in range(4)]

    def work(part):
        for step in range(200):
            part.within(step / 200, "")
            part.within(step / 400, "")  # a fit that thinks again
        part.finish()

    threads = [threading.Thread(target=work, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert channel._fraction == pytest.approx(MOST)
    fractions = [json.loads(line)["fraction"] for line in stream.getvalue().splitlines()]
    assert fractions == sorted(fractions)


def test_a_part_never_goes_back():
    part = Progress(Channel(io.BytesIO()), 1).begin()
    for fraction, reached in ((0.5, 0.5), (0.2, 0.5), (0.6, 0.6)):
        part.within(fraction, "")
        assert part.fraction == pytest.approx(reached)
    assert part.progress._done == pytest.approx(0.6)


def test_a_slow_task_leaves_no_gap():
    """A call that says nothing for three seconds is heard of each second all the same."""
    times = []

    class Stream(io.BytesIO):
        def write(self, line):
            times.append(time.monotonic())
            return super().write(line)

    channel = Channel(Stream())
    with beating(channel):
        channel.stage("Filling sinks")
        time.sleep(3.2)
        channel.end()
    gaps = [after - before for before, after in zip(times[:-1], times[1:], strict=True)]
    assert len(times) >= 4
    assert max(gaps) < 1.8  # a busy machine


def test_the_heartbeat_ends_with_its_block():
    channel = Channel(io.BytesIO())
    with beating(channel):
        pass
    assert not any(thread.name == "heartbeat" for thread in threading.enumerate())


def test_a_broken_pipe_does_not_show_from_the_heartbeat():
    class Broken(io.BytesIO):
        def write(self, line):
            raise BrokenPipeError

    with beating(Channel(Broken())):
        time.sleep(0.6)
