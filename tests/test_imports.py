"""Who may import whom (ARCHITECTURE.md), read from the syntax tree, and what importing costs QGIS."""

import ast
import functools
import subprocess
import sys
from importlib.util import find_spec

import pytest
from rooms import LIGHT
from support import ROOT

STANDARD = set(sys.stdlib_module_names)
HEAVY = {"torch", "rasterio", "geopandas", "pyogrio", "pyproj", "xgboost", "numpy", "scipy", "pandas", "shapely"}
CORE = sorted((ROOT / "core").rglob("*.py"))
ALGORITHMS = sorted((ROOT / "algorithms").glob("*.py"))
INSTALL = sorted((ROOT / "algorithms" / "install").glob("*.py"))


@functools.cache
def imported(path):
    """Return the imports of a file as pairs of level and dotted name."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.level, node.module))
        elif isinstance(node, ast.ImportFrom):
            found += [(node.level, alias.name) for alias in node.names]
    return found


def outside(path):
    return {name.split(".")[0] for level, name in imported(path) if level == 0} - STANDARD


def inside(path):
    return {(level, name) for level, name in imported(path) if level}


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [p for p in CORE if p.parent.name == "core" and p.stem in LIGHT], ids=name_of)
def test_light_tier_imports_the_standard_library_and_itself(path):
    assert outside(path) == set()
    assert {name for _, name in inside(path)} <= LIGHT


@pytest.mark.parametrize("path", [p for p in CORE if p.parent.name == "nets"], ids=name_of)
def test_nets_import_torch_and_nothing_of_ours_but_nets(path):
    assert outside(path) <= {"torch", "numpy"}
    assert all(level == 1 for level, _ in inside(path))


@pytest.mark.parametrize(
    "path", [p for p in CORE if p.parent.name == "core" and p.stem not in {"worker", "__init__"}], ids=name_of
)
def test_shared_core_imports_neither_nets_nor_tasks_nor_qgis(path):
    assert "qgis" not in outside(path)
    assert not {
        name for _, name in inside(path) if name.split(".")[0] in {"nets", "learners", "spine", "tasks", "worker"}
    }


@pytest.mark.parametrize("path", [p for p in CORE if p.parent.name == "learners"], ids=name_of)
def test_learners_import_shared_core_and_nets_but_no_task(path):
    assert "qgis" not in outside(path)
    # only what puts members together knows the kinds of learners
    assert all(level == 2 or path.stem == "assembly" for level, _ in inside(path))
    assert not any(name.split(".")[0] in {"worker", "tasks", "learners"} for _, name in inside(path))


def test_boosting_needs_no_torch():
    """Nothing on its way imports torch, so that it works where torch does not."""
    if find_spec("xgboost") is None:
        pytest.skip("xgboost is missing")
    code = (
        "import regionwise.core.tasks.composition, regionwise.core.tasks.composition_map, sys\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "_alias")},
        check=True,
    )


@pytest.mark.train
def test_networks_learn_and_map_without_raster_and_vector_libraries(tmp_path):
    """So a GPU server needs torch and little else; the benchmark for one runs there."""
    if find_spec("torch") is None:
        pytest.skip("torch is missing")
    code = f"""
import sys
for name in ("rasterio", "geopandas", "pandas", "shapely", "pyproj", "pyogrio", "xgboost", "distributed"):
    sys.modules[name] = None
sys.path.insert(0, {str(ROOT / "bench")!r})
import gpu
from pathlib import Path
gpu.SIDE, gpu.SAMPLES, gpu.MEMBERS, gpu.TILE, gpu.EPOCHS, gpu.BLOCKS = 300, 60, 2, 256, 2, (1, 1, 1)
gpu.DESCRIPTION["arguments"].update(width=4, blocks=[1, 1, 1])
folder = Path({str(tmp_path)!r})
assert min(gpu.mapping(folder, "cpu").values()) > 0
assert len(list(folder.glob("tile-*"))) == 4
assert min(gpu.training(folder, "cpu").values()) > 0
"""
    variables = {"PYTHONPATH": str(ROOT / "_alias"), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", code], env=variables, check=True)


@pytest.mark.parametrize("path", [p for p in CORE if p.parent.name in {"learners", "spine"}], ids=name_of)
def test_learners_and_spine_import_no_task_and_learners_no_spine(path):
    above = {"tasks", "worker"} | ({"spine"} if path.parent.name == "learners" else set())
    assert "qgis" not in outside(path)
    assert not {name for _, name in inside(path) if name.split(".")[0] in above}


@pytest.mark.parametrize("path", [p for p in CORE if p.parent.name == "tasks"], ids=name_of)
def test_tasks_import_no_other_task_and_not_the_worker(path):
    assert "qgis" not in outside(path)
    assert all(level == 2 for level, _ in inside(path))
    assert not any(name in {"worker", "tasks"} for _, name in inside(path))


@pytest.mark.parametrize("path", ALGORITHMS, ids=name_of)
def test_algorithms_import_qgis_and_the_light_tier_only(path):
    assert outside(path) <= {"qgis", "processing"}
    core = {name.split(".")[1] for level, name in inside(path) if level == 2 and name.startswith("core.")}
    assert core <= LIGHT
    own = {name.split(".")[0] for level, name in inside(path) if level == 1}
    if path.stem != "provider":
        assert own <= {
            "base",
            "declaration",
            "client",
            "compat",
            "environment",
            "settings",
            "install",
            "network",
            "processes",
            "temporal",
            "learning",
        }


@pytest.mark.parametrize("path", INSTALL, ids=name_of)
def test_installing_needs_neither_qgis_nor_packages(path):
    """So it runs from a terminal, and before there is an engine."""
    assert outside(path) <= {"msvcrt", "winreg"}
    assert {name.split(".")[1] for level, name in inside(path) if level == 3} <= LIGHT
    assert {name for level, name in inside(path) if level == 2} <= {"processes"}


@pytest.mark.parametrize("folder", ["core", "algorithms/install"])
def test_rooms_have_no_cycles(folder):
    files = sorted((ROOT / folder).glob("*.py"))
    graph = {p.stem: {n.split(".")[0] for level, n in inside(p) if level == 1} for p in files}
    done = set()

    def visit(name, trail):
        assert name not in trail, " -> ".join([*trail, name])
        if name not in done:
            for other in graph.get(name, ()):
                visit(other, [*trail, name])
            done.add(name)

    for name in graph:
        visit(name, [])


@pytest.mark.parametrize("path", [*CORE, *ALGORITHMS, *INSTALL, ROOT / "plugin.py", ROOT / "__init__.py"], ids=name_of)
def test_inside_only_relative_imports(path):
    assert "regionwise" not in outside(path)


def test_importing_the_light_tier_loads_nothing_heavy():
    code = (
        "import sys\n"
        "import regionwise.core.errors, regionwise.core.protocol\n"
        "import regionwise.core.params_preparation, regionwise.core.params_evaluation\n"
        f"print(sorted(set(m.split('.')[0] for m in sys.modules) & {HEAVY!r}))"
    )
    found = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "_alias")},
        check=True,
    )
    assert found.stdout.strip() == "[]"


def test_all_tasks_but_importing_weights_start_without_torch():
    """The engine `trees` has none."""
    if find_spec("xgboost") is None:
        pytest.skip("xgboost is missing")
    code = """
import sys
from importlib import import_module
class Without:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Without())
from regionwise.core.tasks import TASKS
for place in TASKS.values():
    if not place.endswith(".import_weights"):
        import_module(place.rsplit(".", 1)[0])
"""
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT / "_alias")}, check=True)
