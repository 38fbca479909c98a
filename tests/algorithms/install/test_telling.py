"""What an installation says: bytes of how many, the time left, and that a step goes on."""

import re
import shutil
import threading
import time

from regionwise.algorithms.install.telling import Console, Growth, Step

MB = 10**6


class Feedback(Console):
    """Keeps texts and per cents."""

    def __init__(self):
        self.texts, self.percents = [], []

    def setProgress(self, progress):
        self.percents.append(progress)

    def setProgressText(self, text):
        self.texts.append(text)


class Clock:
    """A clock that goes on only when told."""

    now = 0.0

    def __call__(self):
        return self.now


def test_bytes_come_with_their_total_and_the_time_left():
    feedback, clock = Feedback(), Clock()
    step = Step(feedback, "Downloading torch", 10, 60, clock)
    for second in range(1, 96):
        clock.now = float(second)
        step.bytes(2 * MB * second, 190 * MB)
    assert "Downloading torch: 8 of 190 MB" in feedback.texts
    told = [re.fullmatch(r"Downloading torch: (\d+) of 190 MB, about (\d+) s left", text) for text in feedback.texts]
    left = [(int(found.group(1)), int(found.group(2))) for found in told if found]
    assert len(left) > 5
    for done, seconds in left:
        assert abs(seconds - (190 - done) / 2) <= 5  # at 2 MB a second, rounded
    assert feedback.percents == sorted(feedback.percents)
    assert feedback.percents[-1] == 60


def test_bytes_never_go_back():
    feedback, clock = Feedback(), Clock()
    step = Step(feedback, "Downloading", 0, 100, clock)
    for done in (50, 20, 300):  # a second try, and more than was thought
        step.bytes(done * MB, 100 * MB)
    assert feedback.percents == [50, 50, 100]


def test_a_step_that_cannot_tell_says_since_when():
    feedback, clock = Feedback(), Clock()
    step = Step(feedback, "Trying a kernel", clock=clock)
    for _ in range(60):
        step.goes_on()
        clock.now += 0.25
    assert feedback.texts[0] == "Trying a kernel"
    assert feedback.texts[1:3] == ["Trying a kernel, for 3 s", "Trying a kernel, for 6 s"]
    assert not feedback.percents


def test_growth_is_what_came_since_the_beginning(tmp_path):
    (tmp_path / "old").write_bytes(b"x" * 1000)
    growth = Growth(tmp_path, tmp_path / "absent")
    assert growth.bytes() == 0
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "new").write_bytes(b"x" * 500_000)
    time.sleep(0.3)
    assert 500_000 <= growth.bytes() < 520_000


def test_growth_is_measured_while_files_come_and_go(tmp_path):
    stop = threading.Event()

    def churn():
        while not stop.is_set():
            for number in range(20):
                folder = tmp_path / f"{number}.part"
                folder.mkdir()
                (folder / "a").write_bytes(b"x")
                shutil.rmtree(folder)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        growth = Growth(tmp_path)
        for _ in range(50):
            growth.bytes()
            time.sleep(0.005)
    finally:
        stop.set()
        thread.join()
