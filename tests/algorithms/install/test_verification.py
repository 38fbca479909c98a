"""A finished engine is tried as it will run; what is wrong with it is told as what it is."""

import json
import os
import sys
from pathlib import Path

import pytest
from regionwise.algorithms.install import surroundings
from regionwise.algorithms.install.surroundings import engine_environment
from regionwise.algorithms.install.telling import Console
from regionwise.algorithms.install.verification import has_nvidia, verify
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.runtime import selfcheck


def engine(folder, said, status=0):
    """Write a program that answers like an engine."""
    path = folder / "bin" / "python"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{said}\nEND\nexit {status}\n")
    path.chmod(0o755)
    return path


def told(found, device="cpu"):
    return json.dumps({"found": found, "device": device})


def test_kernel_tree_raster_and_crs_come_out_right_here():
    found = {name: selfcheck.run_check(check) for name, check in selfcheck.checks_of("full").items()}
    assert [text.split()[0] for text in found.values()] == ["torch", "xgboost", "GDAL", "PROJ"]
    assert list(selfcheck.checks_of("trees")) == ["A tree", "A raster", "A CRS"]


@pytest.mark.parametrize("engine_kind", ["full", "trees"])
def test_this_engine_is_verified(engine_kind):
    assert verify(Path(sys.executable), engine_kind, Console()) in ("cpu", "cuda", "mps")


def test_check_that_fails_is_told_and_not_raised(capsys, monkeypatch):
    def broken():
        raise OSError("[WinError 126] The specified module could not be found")

    monkeypatch.setattr(selfcheck, "CHECKS", {"A tree": broken})
    assert selfcheck.main(["trees"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["found"]["A tree"].startswith("FAILED: OSError: [WinError 126]")


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("FAILED: OSError: [WinError 126] fbgemm.dll", "Visual C\\+\\+ 2015-2022 Redistributable"),
        ("FAILED: OSError: [WinError 1114] c10.dll", "Visual C\\+\\+ 2015-2022 Redistributable"),
        ("FAILED: OSError: [WinError 1455] The paging file is too small", "paging file"),
        ("FAILED: OSError: [Errno 28] No space left on device", "Free some space"),
        ("FAILED: ArithmeticError: trees missed", "Action = repair"),
    ],
)
def test_cause_of_a_failure_is_named_with_what_to_do(tmp_path, words, remedy):
    interpreter = engine(tmp_path, told({"A kernel": words, "A CRS": "PROJ 9"}), 1)
    with pytest.raises(RegionwiseError, match=rf"(?s)A kernel: FAILED.*{remedy}") as err:
        verify(interpreter, "full", Console())
    assert "A CRS" not in str(err.value)


def test_engine_that_says_nothing_is_told_with_its_last_words(tmp_path):
    with pytest.raises(RegionwiseError, match="(?s)does not start.*Fatal Python error.*repair"):
        verify(engine(tmp_path, "Fatal Python error: no codec", 1), "full", Console())


def test_device_that_answered_is_returned(tmp_path):
    assert verify(engine(tmp_path, told({}, "cuda")), "full", Console()) == "cuda"


def test_nvidia_is_there_only_if_its_driver_answers(tmp_path):
    assert not has_nvidia({"PATH": str(tmp_path)})
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'GPU 0: NVIDIA H200'\n")
    program.chmod(0o755)
    assert has_nvidia({"PATH": str(tmp_path)})
    program.write_text("#!/bin/sh\necho 'GPU 0: NVIDIA H200'\nexit 9\n")
    assert not has_nvidia({"PATH": str(tmp_path)})


def test_conda_of_the_user_keeps_its_libraries_on_the_path_and_no_other_conda(tmp_path):
    root = tmp_path / "conda envs" / "mine"
    for name in ("bin", "conda-meta", "Library/bin"):
        (root / name).mkdir(parents=True)
    path = os.pathsep.join(["/usr/bin", "/opt/miniconda3/bin", "/opt/OSGeo4W/bin"])
    kept = engine_environment({"PATH": path}, root / "bin" / "python")["PATH"].split(os.pathsep)
    assert str(root / "Library/bin") in kept
    assert kept[-1] == "/usr/bin"
    assert engine_environment({"PATH": path}, tmp_path / "bin" / "python")["PATH"] == "/usr/bin"


def test_macos_finds_openmp_where_packages_bring_it(tmp_path, monkeypatch):
    site = tmp_path / "lib" / "python3.12" / "site-packages"
    for name in ("sklearn/.dylibs", "torch/lib"):
        (site / name).mkdir(parents=True)
        (site / name / "libomp.dylib").touch()
    monkeypatch.setattr(surroundings.sys, "platform", "darwin")
    folders = engine_environment({}, tmp_path / "bin" / "python")["DYLD_FALLBACK_LIBRARY_PATH"].split(os.pathsep)
    assert folders[:2] == [str(site / "torch/lib"), str(site / "sklearn/.dylibs")]
    monkeypatch.setattr(surroundings.sys, "platform", "linux")
    assert "DYLD_FALLBACK_LIBRARY_PATH" not in engine_environment({}, tmp_path / "bin" / "python")
