"""The lock: every platform has every wheel, with its hash, and no path that Windows cannot hold."""

import copy
import json
import sys

import pytest
import tomllib
from regionwise.algorithms.install.lock import LOCK, Lock, read_lock
from regionwise.core.contract.errors import RegionwiseError
from support import ROOT

sys.path.append(str(ROOT / "tools"))
import lock as making

RECIPE = tomllib.loads(making.RECIPE.read_text(encoding="utf-8"))
WINDOWS, OLD_MAC = "win_amd64-3.12", "macosx_13_0_x86_64-3.12"


@pytest.fixture
def content():
    return copy.deepcopy(json.loads(LOCK.read_text(encoding="utf-8")))


def of(content, target, group, package):
    """Return the name of a package's wheel on a target."""
    return next(name for name in content["targets"][target][group] if name.startswith(f"{package}-"))


def test_lock_is_complete(content):
    assert list(making.problems(content, RECIPE)) == []


def test_pin_without_a_wheel_is_seen(content):
    name = of(content, WINDOWS, "trees", "rasterio")
    content["targets"][WINDOWS]["trees"].remove(name)
    content["targets"][OLD_MAC]["trees"].remove(of(content, OLD_MAC, "trees", "scikit_learn"))
    content["targets"][WINDOWS]["cpu"] = []
    assert list(making.problems(content, RECIPE)) == [
        f"{WINDOWS}: no wheel of rasterio", f"{WINDOWS}: no wheel of torch", f"{OLD_MAC}: no wheel of scikit-learn",
    ]  # fmt: skip


@pytest.mark.parametrize("hashes", [[], ["sha256:12"], ["md5:" + "0" * 64]])
def test_missing_hash_is_seen(content, hashes):
    name = of(content, WINDOWS, "full", "openvino")
    content["files"][name]["hashes"] = hashes
    assert list(making.problems(content, RECIPE)) == [f"{WINDOWS}: {name} has no SHA-256"]


def test_path_too_long_is_seen(content):
    name = of(content, WINDOWS, "cpu", "torch")
    content["files"][name]["longest"] = 201
    assert list(making.problems(content, RECIPE)) == [
        f"{WINDOWS}: {name} holds a path of 201 characters; 200 is the most"
    ]


def test_wheel_of_another_platform_and_a_platform_without_python_are_seen(content):
    content["targets"][WINDOWS]["trees"][0] = of(content, OLD_MAC, "trees", "numpy")
    assert any("numpy" in line and "does not run there" in line for line in making.problems(content, RECIPE))
    content["targets"] = {k: v for k, v in content["targets"].items() if not k.startswith("macosx_12")}
    assert "macosx_12_0_arm64: no Python has all packages" in list(making.problems(content, RECIPE))


def test_documentation_shows_the_table_of_the_lock(content):
    assert making.table(Lock(content)) in (ROOT / "docs" / "install.md").read_text(encoding="utf-8")


def test_plan_holds_one_wheel_of_each_package_with_known_content():
    plan = read_lock().plan("win_amd64", (3, 12), "full", "cpu")
    packages = [wheel.package for wheel in plan.wheels]
    assert len(packages) == len(set(packages))
    assert plan.torch.name == "torch-2.13.0-cp312-cp312-win_amd64.whl"
    assert plan.torch.requirement.startswith("torch===2.13.0 --hash=sha256:")
    assert plan.longest.package == "torch"
    assert plan.megabytes == round(sum(wheel.size for wheel in plan.wheels) / 1e6)
    assert plan.needed_bytes > 1e6 * plan.megabytes


def test_engine_without_torch_has_none_and_nothing_that_only_networks_need():
    packages = {wheel.package for wheel in read_lock().plan("manylinux_2_28_x86_64", (3, 11), "trees", "cpu").wheels}
    assert not packages & {"torch", "openvino", "ncnn", "pnnx", "sympy"}
    assert {"xgboost-cpu", "rasterio", "geopandas", "pyflwdir", "scikit-image"} <= packages
    mac = {wheel.package for wheel in read_lock().plan("macosx_12_0_arm64", (3, 12), "trees", "cpu").wheels}
    assert {"xgboost", "scikit-learn"} <= mac


def test_nothing_that_sends_usage_statistics_is_installed():
    lock = read_lock()
    for target in json.loads(LOCK.read_text(encoding="utf-8"))["targets"]:
        platform, _, python = target.rpartition("-")
        version = tuple(int(n) for n in python.split("."))
        for engine, device in (("trees", "cpu"), ("full", "cpu"), ("full", "cuda")):
            if lock.has(platform, version, engine, device):
                assert "openvino-telemetry" not in {
                    w.package for w in lock.plan(platform, version, engine, device).wheels
                }


def test_what_the_lock_has_not_is_refused_with_what_it_has():
    lock = read_lock()
    with pytest.raises(RegionwiseError, match=r"macOS 13 or later, Intel .*for Python 3.11, 3.12, 3.13, not for 3.14"):
        lock.plan("macosx_13_0_x86_64", (3, 14), "trees", "cpu")
    with pytest.raises(RegionwiseError, match=r"torch has no wheel. Choose ENGINE = trees"):
        lock.plan("macosx_13_0_x86_64", (3, 12), "full", "cpu")
