"""The engine's end of the stream: progress that never goes back, silences that are broken, lines that come once."""

import io
import json

import pytest
from regionwise.core.contract.protocol import MOST, Channel


class Clock:
    """A clock that goes on only when told."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def told():
    """Return a channel, its clock, and a function that gives the messages so far."""
    stream, clock = io.BytesIO(), Clock()
    return Channel(stream, clock), clock, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_progress_never_goes_back_and_ends_at_one(told):
    channel, clock, messages = told
    channel.stage("Reading", until=0.2)
    for fraction in (0.5, 1.0, 0.3):
        clock.now += 1
        channel.progress(fraction)
    channel.stage("Training", until=0.8)
    for fraction in (0.0, 0.9, 0.1, 1.0, 2.0):
        clock.now += 1
        channel.progress(fraction)
    channel.stage("Report")
    clock.now += 1
    channel.progress(1.0)
    channel.end()
    fractions = [m["fraction"] for m in messages() if m["kind"] == "progress"]
    assert fractions == sorted(fractions)
    assert fractions[-2] == MOST < fractions[-1] == 1.0
    assert 0.1 in fractions and 0.8 in fractions  # half of the first stage, all of the second


def test_what_comes_too_fast_is_not_lost(told):
    channel, clock, messages = told
    channel.progress(0.1, "one")
    clock.now += 0.01
    channel.progress(0.2, "two")
    assert [m["text"] for m in messages()] == ["one"]
    clock.now += 1
    channel.beat()
    assert messages()[-1]["text"] == "two"
    assert messages()[-1]["fraction"] == pytest.approx(0.2 * MOST)


def test_a_silence_is_broken_each_second_and_says_since_when(told):
    channel, clock, messages = told
    channel.stage("Following the water", until=0.5)
    for _ in range(100):  # 25 s of a library that says nothing
        clock.now += 0.25
        channel.beat()
    beats = [m for m in messages() if m["kind"] == "progress" and m["beat"]]
    assert len(beats) == 33  # each .75 s: the first look at the clock after SILENCE_S
    assert beats[-1]["text"] == "Following the water, for 25 s"
    assert beats[0]["text"] == "Following the water"


def test_messages_are_few(told):
    channel, clock, messages = told
    for number in range(10_000):  # 10 s
        clock.now += 0.001
        channel.progress(number / 10_000, f"step {number}")
    assert len(messages()) <= 51


def test_time_left_is_told_after_the_first_tenth(told):
    channel, clock, messages = told
    for second in range(1, 60):
        clock.now += 1
        channel.progress(second / 100, "Mapping")
    texts = [m["text"] for m in messages()]
    assert texts[5] == "Mapping, for 5 s"
    assert "left" not in texts[8]
    assert texts[-1].endswith("about 40 s left")
    assert messages()[-1]["left_s"] == pytest.approx(41, rel=0.1)


def test_no_line_of_the_log_comes_twice(told):
    channel, _, messages = told
    channel.info("Bands: RED.")
    channel.warning("Bands: RED.")
    channel.relay({"level": "info", "text": "Bands: RED."})
    channel.detail("forward 28.0")
    channel.detail("forward 28.0")
    lines = [(m["level"], m["text"]) for m in messages()]
    assert lines == [("info", "Bands: RED."), ("detail", "forward 28.0")]


def test_the_end_tells_how_long_each_stage_took(told):
    channel, clock, messages = told
    for text, seconds in (("Reading", 4), ("Training", 60), ("Moving", 0.1), ("Report", 6)):
        channel.stage(text)
        clock.now += seconds
    channel.end()
    assert messages()[-1]["text"] == "Done in 70 s: reading 4 s, training 60 s, report 6 s."


def test_a_run_that_is_over_at_once_tells_no_times(told):
    channel, clock, messages = told
    channel.stage("Reading")
    clock.now += 1
    channel.end()
    assert messages()[-1]["kind"] == "progress"


def test_the_log_beside_the_job_has_all_lines_and_the_failure(told, tmp_path):
    channel, _, _ = told
    channel.keep_log(tmp_path / "log.txt")
    channel.info("375 samples.")
    channel.detail("forward 28.0")
    channel.fail("The disk is full.", "Free some space.")
    lines = (tmp_path / "log.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split(None, 2)[1:] for line in lines] == [
        ["info", "375 samples."], ["detail", "forward 28.0"], ["error", "The disk is full. Free some space."],
    ]  # fmt: skip


def test_a_folder_that_cannot_be_written_has_no_log(told, tmp_path):
    channel, _, messages = told
    channel.keep_log(tmp_path / "nowhere" / "log.txt")
    channel.info("on")
    assert messages()[-1]["text"] == "on"
