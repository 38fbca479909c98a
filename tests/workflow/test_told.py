"""What a whole training says, through the engine: each second something, never backwards, no line twice."""

import json
import time

import pytest
from trainings import start_engine, training_of

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def heard(world, tmp_path_factory):
    """The messages of a training of trees with a report, with the seconds at which they came."""
    folder = tmp_path_factory.mktemp("told")
    params = training_of(world, folder, model_type="boosting", report=str(folder / "r.html"))
    start = time.monotonic()
    process = start_engine(params, folder / "job")
    return [(time.monotonic() - start, json.loads(line)) for line in process.stdout]


def progress_of(heard):
    return [(at, message) for at, message in heard if message["kind"] == "progress"]


def test_progress_goes_up_to_the_end(heard):
    fractions = [message["fraction"] for _, message in progress_of(heard)]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(set(fractions)) > 10  # a machine that is quick has fewer to tell


def test_messages_are_a_few_a_second(heard):
    stages = 12  # each is told at once
    assert len(progress_of(heard)) <= 6 * (heard[-1][0] + 1) + stages


def test_folds_and_rounds_are_told(heard):
    texts = "\n".join(message["text"] for _, message in progress_of(heard))
    for words in ("Reading samples and rasters", "Training boosting on ", "Report, figure '"):
        assert words in texts


def test_no_line_of_the_log_comes_twice_and_the_last_ones_are_times_verdict_and_report(heard):
    lines = [message for _, message in heard if message["kind"] == "log"]
    texts = [message["text"] for message in lines]
    assert len(texts) == len(set(texts))
    shown = [message["text"] for message in lines if message["level"] != "detail"]
    assert shown[-3].startswith("Done in ") and "training" in shown[-3]
    assert shown[-2].startswith("Can I use this map here?")
    assert shown[-1].startswith("Report: ")


def test_technical_lines_are_details(heard):
    shown = [message["text"] for _, message in heard if message["kind"] == "log" and message["level"] != "detail"]
    assert not [
        text for text in shown if "samples train," in text or "epoch" in text or "is raised to the power" in text
    ]
    assert [text for text in shown if text.startswith("Validation: boosting trained on 2 folds in ")]
