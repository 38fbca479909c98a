"""The engine without torch says so before it reads anything."""

import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.runtime import engine
from regionwise.core.workflow.device_choice import device_for


def test_model_that_needs_torch_is_refused_before_the_work_where_there_is_none(monkeypatch):
    monkeypatch.setattr(engine, "has_torch", lambda: False)
    assert device_for(["boosting", "ridge"], "auto", None, None) == "cpu"
    with pytest.raises(RegionwiseError, match=r"Model type 'network' needs torch(?s:.*)boosting(?s:.*)ENGINE = full"):
        device_for(["boosting", "network"], "auto", None, None)


def test_tool_that_needs_torch_is_told_as_such_and_not_as_a_broken_engine():
    from regionwise.core.worker import _explain

    told = _explain(ModuleNotFoundError("No module named 'torch'", name="torch"))
    assert told["message"] == "This tool needs torch, which this engine (trees) does not have."
    assert "ENGINE = full" in told["remedy"]
    assert told["traceback"] == ""


def test_stamp_of_the_installer_is_read_and_its_absence_is_no_error(tmp_path, monkeypatch):
    monkeypatch.setattr(engine.sys, "prefix", str(tmp_path))
    assert engine.stamp() == {}
    (tmp_path / "regionwise-engine.json").write_text('{"engine": "trees"}')
    assert engine.stamp() == {"engine": "trees"}
