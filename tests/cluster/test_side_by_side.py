"""Folds that are trained side by side in processes of this machine."""

import dataclasses

import pytest
from regionwise.core.tasks.composition import train
from support import run_task


@pytest.mark.train
def test_folds_side_by_side_give_the_same_model(here, same_members, tmp_path, monkeypatch):
    from regionwise.core.learners import network

    monkeypatch.setattr(network, "WORTH_MULTIPLICATIONS", 0)
    params = dataclasses.replace(here.training, model=str(tmp_path / "two.safetensors"), fractions="", predictions="")
    two = run_task(train, params, tmp_path / "two", threads=2)
    assert "global fold 2, network" in here.ran.log
    assert "global fold 2, network" in two.log
    assert same_members(here.training.model, params.model)
