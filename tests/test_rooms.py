"""The rooms of the code and their order (ARCHITECTURE.md), read from the syntax trees; what importing costs QGIS."""

import subprocess
import sys
from importlib.util import find_spec

import pytest
from rooms import (
    CORE,
    ENTRIES,
    LARGEST_FILE,
    LARGEST_ROOM,
    ORDER,
    against_the_order,
    imports_of,
    light_files,
    module_of,
    modules_imported,
)
from support import ROOT

STANDARD = set(sys.stdlib_module_names)
HEAVY = {"torch", "rasterio", "geopandas", "pyogrio", "pyproj", "xgboost", "numpy", "scipy", "pandas", "shapely"}
SLOTS = {"params", "train", "map"}  # file names that every family may have
ENGINE = sorted(CORE.rglob("*.py"))
ALGORITHMS = sorted((ROOT / "algorithms").glob("*.py"))
INSTALL = sorted((ROOT / "algorithms" / "install").glob("*.py"))
SHARED_ALGORITHMS = {
    "arrival", "base", "declaration", "layer_source", "client", "compat", "environment", "settings", "install",
    "network", "processes", "temporal", "learning", "report_names", "engine_page", "parameters", "translation",
    "help_pages", "paged", "project_file", "dialog", "recent", "field_menu",
}  # fmt: skip
GUI = sorted((ROOT / "gui").glob("*.py"))
FOR_THE_GUI = SHARED_ALGORITHMS | {"engine_state", "fitting_layers", "sample_project"}


def outside(path):
    """Return the packages that a file imports, without the standard library."""
    return {name.split(".")[0] for level, name in imports_of(path) if level == 0} - STANDARD


def name_of(path):
    return str(path.relative_to(ROOT))


def test_the_rooms_are_those_of_the_list():
    assert {path.relative_to(CORE).parts[0] for path in CORE.rglob("*.py") if path.parent != CORE} == set(ORDER)
    assert {path.stem for path in CORE.glob("*.py")} == {"__init__", *ENTRIES}
    assert len(ORDER) <= 16


@pytest.mark.parametrize("room", sorted({path.parent for path in ENGINE}), ids=name_of)
def test_a_room_can_be_surveyed(room):
    assert len([path for path in room.glob("*.py") if path.stem != "__init__"]) <= LARGEST_ROOM


@pytest.mark.parametrize("path", ENGINE, ids=name_of)
def test_files_end_before_they_are_lost_track_of(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LARGEST_FILE


@pytest.mark.parametrize("path", ENGINE, ids=name_of)
def test_no_room_imports_a_later_one(path):
    assert against_the_order(path) == []
    assert "qgis" not in outside(path)


def test_file_names_are_unique():
    """So that a name in a traceback, or in a sentence, means one file."""
    names = [path.stem for path in ENGINE if path.stem not in SLOTS | {"__init__"}]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_packages_are_empty():
    """Else importing one module would load others, and QGIS, which forgets modules that it sees, would miss some."""
    assert [name_of(path) for path in CORE.rglob("__init__.py") if path.read_text(encoding="utf-8").strip()] == []


@pytest.mark.parametrize("path", light_files(), ids=name_of)
def test_the_light_tier_imports_the_standard_library_and_itself(path):
    assert outside(path) == set()
    assert modules_imported(path) <= {module_of(other) for other in light_files()}


@pytest.mark.parametrize("path", sorted((CORE / "nets").glob("*.py")), ids=name_of)
def test_nets_import_torch_and_nothing_of_ours_but_nets(path):
    assert outside(path) <= {"torch", "numpy"}
    assert {module[:2] for module in modules_imported(path)} <= {("core", "nets")}


@pytest.mark.parametrize("path", ALGORITHMS, ids=name_of)
def test_algorithms_import_qgis_and_the_light_tier_only(path):
    light = {module_of(other) for other in light_files()}
    found = modules_imported(path)
    assert outside(path) <= {"qgis", "processing"}
    assert {module for module in found if module[0] == "core"} <= light | {("core", "contract", "protocol")}
    if path.stem != "provider":
        assert {module[1] for module in found if module[0] == "algorithms"} <= SHARED_ALGORITHMS


@pytest.mark.parametrize("path", GUI, ids=name_of)
def test_the_gui_imports_qgis_and_what_algorithms_share(path):
    light = {module_of(other) for other in light_files()}
    found = modules_imported(path)
    assert outside(path) <= {"qgis", "processing"}
    assert {module for module in found if module[0] == "core"} <= light
    assert {module[1] for module in found if module[0] == "algorithms"} <= FOR_THE_GUI


def test_the_gui_is_small_and_nothing_needs_it():
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in GUI) < 400
    for path in [*ALGORITHMS, *INSTALL, *ENGINE]:
        assert not {module for module in modules_imported(path) if module[0] == "gui"}, path


@pytest.mark.parametrize("path", INSTALL, ids=name_of)
def test_installing_needs_neither_qgis_nor_packages(path):
    """So it runs from a terminal, and before there is an engine."""
    assert outside(path) <= {"msvcrt", "winreg"}
    light = {module_of(other) for other in light_files()}
    ours = {("algorithms", "processes"), *(("algorithms", "install", other.stem) for other in INSTALL)}
    assert modules_imported(path) <= light | ours


@pytest.mark.parametrize("folder", sorted({path.parent for path in [*ENGINE, *INSTALL, *GUI]}), ids=name_of)
def test_rooms_have_no_circles(folder):
    graph = {module_of(path): modules_imported(path) for path in folder.glob("*.py")}
    done = set()

    def visit(module, trail):
        assert module not in trail, " -> ".join(".".join(part) for part in [*trail, module])
        if module not in done:
            for other in graph.get(module, ()):
                visit(other, [*trail, module])
            done.add(module)

    for module in graph:
        visit(module, [])


@pytest.mark.parametrize(
    "path", [*ENGINE, *ALGORITHMS, *INSTALL, *GUI, ROOT / "plugin.py", ROOT / "__init__.py"], ids=name_of
)
def test_inside_only_relative_imports(path):
    assert "regionwise" not in outside(path)


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "_alias")},
        check=True,
    )


def test_importing_the_light_tier_loads_nothing_heavy():
    names = ", ".join("regionwise." + ".".join(module_of(path)) for path in light_files())
    code = f"import sys, {names}\nprint(sorted(set(m.split('.')[0] for m in sys.modules) & {HEAVY!r}))"
    assert run(code).stdout.strip() == "[]"


@pytest.mark.skipif(find_spec("xgboost") is None, reason="xgboost is missing")
def test_trees_need_no_torch():
    """Nothing on their way imports torch, so that they work where torch does not."""
    run(
        "import regionwise.core.families.composition.train, regionwise.core.families.composition.map, sys\n"
        "assert 'torch' not in sys.modules"
    )


@pytest.mark.skipif(find_spec("xgboost") is None, reason="xgboost is missing")
def test_all_tasks_but_importing_weights_start_without_torch():
    """The engine `trees` has none."""
    run("""
import sys
from importlib import import_module
class Without:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Without())
from regionwise.core.registry import TASKS
for function in TASKS.values():
    if not function.endswith(".import_weights"):
        import_module(function.rsplit(".", 1)[0])
""")


@pytest.mark.train
@pytest.mark.skipif(find_spec("torch") is None, reason="torch is missing")
def test_networks_learn_and_map_without_raster_and_vector_libraries(tmp_path):
    """So a GPU server needs torch and little else; the benchmark for one runs there."""
    run(f"""
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
""")
