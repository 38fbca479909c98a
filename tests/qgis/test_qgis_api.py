"""Names of QGIS and Qt: each is in a table with the versions that have it, and used only where every version has it.

The table is `qgis_api.json`. An entry says the first and the last version among those below that has the
name in this spelling, and where that was read. Besides, ``base`` is the class that a class inherits from,
``returns`` what a method gives (so that a chain of calls can be followed), ``overridden`` the last version
in which QGIS calls an override. 3.34 lies between versions that were looked at, unless a name was added in
between; then the version of its addition decides.

Not seen: arguments and their names, what a name does, and methods of objects whose class the syntax tree
does not tell.
"""

from __future__ import annotations

import ast
import json

import pytest
from regionwise.tools import qgis_names as names
from support import ROOT

VERSIONS = ("3.22", "3.34", "3.40", "3.44", "4.x")
TABLE = json.loads((ROOT / "tests" / "qgis" / "qgis_api.json").read_text(encoding="utf-8"))


def lacking(name: str, overrides: bool = False) -> list[str]:
    """Return the versions that do not have `name`, or do not call an override of it."""
    entry = TABLE[name]
    last = entry.get("overridden", entry["last"]) if overrides else entry["last"]
    return [v for i, v in enumerate(VERSIONS) if not VERSIONS.index(entry["first"]) <= i <= VERSIONS.index(last)]


def complaints(files, home: str = names.COMPAT) -> list[str]:
    """Return a sentence for each use of a name that is unknown, or missing in a version and used outside `home`."""
    found = []
    for use in names.used_names(files, TABLE):
        where = f"{use.file}:{use.line}: '{use.name}'"
        if use.name not in TABLE:
            found.append(
                f"{where} is not in tests/qgis/qgis_api.json. Look up which of QGIS {', '.join(VERSIONS)} have it in "
                "this spelling, and write it there with the place where you read it."
            )
        elif lacking(use.name, use.overrides) and use.file != home:
            verb = "not called any more, or not yet," if use.overrides else "missing"
            versions = ", ".join(lacking(use.name, use.overrides))
            found.append(f"{where} is {verb} in QGIS {versions}. What differs between versions belongs in {home}.")
    return found


def told(tmp_path, code: str, name: str = "part.py") -> str:
    """Return the complaints about `code`, one a line."""
    (tmp_path / name).write_text(code, encoding="utf-8")
    return "\n".join(complaints([tmp_path / name], home="compat.py"))


def test_the_plugin_names_only_what_every_version_has():
    found = complaints(names.plugin_files())
    assert not found, "\n".join(found)


def test_the_reader_sees_classes_enums_methods_and_overrides_of_the_plugin():
    """A reader that sees nothing would complain of nothing."""
    seen = {use.name for use in names.used_names(names.plugin_files(), TABLE)}
    assert seen >= {
        "Qgis.RasterTemporalMode.FixedTemporalRange",  # an enum, in its spelling
        "QgsProcessing.SourceType.TypeVectorPolygon",  # one behind a name for it
        "QgsProcessingAlgorithm.checkParameterValues",  # overridden
        "QgsProcessingAlgorithm.parameterAsStrings",  # named in a getattr
        "QgsProcessingParameterMultipleLayers.layerType",  # of a class that inherits from the annotated one
        "QgsProcessingRegistry.addProvider",  # a chain of calls
        "QgsMapLayerStore.addMapLayer",
        "QgsFeedback.isCanceled",  # inherited
        "QtCore.QCoreApplication.translate",
        "processing.core.ProcessingConfig.Setting.SELECTION",
    }
    assert len(seen) > 150


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("from qgis.core import QgsMadeUp", "QgsMadeUp"),
        ("from qgis.core import QgsProcessing\nkind = QgsProcessing.TypeRaster", "QgsProcessing.TypeRaster"),
        ("from qgis.core import Qgis\nkinds = Qgis\nkind = kinds.ProcessingSourceType", "Qgis.ProcessingSourceType"),
        ("from qgis.PyQt.QtCore import QMutex", "QtCore.QMutex"),
        ("import qgis.core", "qgis.core"),
        ("from qgis.core import QgsMapLayer\ndef f(layer: QgsMapLayer | None):\n layer.shine()", "QgsMapLayer.shine"),
        (
            "from qgis.core import QgsApplication\nregistry = QgsApplication.processingRegistry()\nregistry.shine()",
            "QgsProcessingRegistry.shine",
        ),
        (
            "from qgis.core import QgsProcessingAlgorithm\nclass A(QgsProcessingAlgorithm):\n"
            " def f(self):\n  return [d.shine() for d in self.parameterDefinitions()]",
            "QgsProcessingParameterDefinition.shine",
        ),
        (
            "from qgis.core import QgsProcessingAlgorithm\nclass B(QgsProcessingAlgorithm): pass\n"
            "class A(B):\n def shineNow(self): pass",
            "QgsProcessingAlgorithm.shineNow",
        ),
        ("def f(feedback: 'Feedback'):\n feedback.pushShine('')", "QgsProcessingFeedback.pushShine"),
        (
            "from qgis.core import QgsRasterLayer\nlayer = QgsRasterLayer('a', 'b')\nshine = getattr(layer, 'shine')",
            "QgsRasterLayer.shine",
        ),
    ],
)
def test_a_name_outside_of_the_table_is_told_with_its_place(tmp_path, code, name):
    line = code.count("\n") + 1
    assert f"part.py:{line}: '{name}' is not in tests/qgis/qgis_api.json" in told(tmp_path, code)


def test_a_name_that_a_version_lacks_is_told_with_the_versions(tmp_path):
    code = "from qgis.core import Qgis\nmode = Qgis.RasterTemporalMode.FixedRangePerBand"
    assert told(tmp_path, code) == (
        "part.py:2: 'Qgis.RasterTemporalMode.FixedRangePerBand' is missing in QGIS 3.22, 3.34. "
        "What differs between versions belongs in compat.py."
    )
    assert told(tmp_path, code, "compat.py") == ""


def test_an_override_that_a_version_does_not_call_is_told(tmp_path):
    code = (
        "from qgis.core import QgsProcessingProvider\nclass P(QgsProcessingProvider):\n"
        " def supportedOutputRasterLayerExtensions(self): return ['tif']\n"
    )
    assert "part.py:3: " in told(tmp_path, code)
    assert "is not called any more, or not yet, in QGIS 4.x." in told(tmp_path, code)
    # calling it is another matter
    calling = "from qgis.core import QgsProcessingProvider\nQgsProcessingProvider.supportedOutputRasterLayerExtensions"
    assert told(tmp_path, calling) == ""


def test_what_is_the_plugins_own_is_no_name_of_qgis(tmp_path):
    code = """
from qgis.core import QgsProcessingAlgorithm
class Own(QgsProcessingAlgorithm):
    PARTS: list[int] = []
    def shine(self):
        self.light = 1
        return self.light, self.PARTS, self.shine, Own.PARTS, [part.bit_length() for part in self.PARTS]
"""
    assert told(tmp_path, code) == ""


def test_entries_of_the_table_are_whole():
    for name, entry in TABLE.items():
        assert set(entry) <= {"first", "last", "base", "returns", "overridden", "read"}, name
        assert VERSIONS.index(entry["first"]) <= VERSIONS.index(entry["last"]), name
        assert len(entry["read"]) > 5, name
        for key in ("base", "returns"):
            other = entry.get(key, "").removeprefix("list[").removesuffix("]")
            assert other in {"", "dict"} or other in TABLE, f"{name}: {key} {other}"


@pytest.mark.qgis
def test_the_installed_qgis_has_what_the_table_says(inside):
    """Whichever version that is; `./dev test` runs it with Debian's, and its chroots with theirs."""
    found = inside(f"""
import importlib
from qgis import core
def there(name):
    parts = name.split(".")
    if parts[0] == "processing":
        owner, parts = importlib.import_module(".".join(parts[:3])), parts[3:]
    elif parts[0].startswith("Qt"):
        owner, parts = importlib.import_module(f"qgis.PyQt.{{parts[0]}}"), parts[1:]
    else:
        owner = importlib.import_module("qgis.core" if hasattr(core, parts[0]) else "qgis.gui")
    for part in parts:
        owner = getattr(owner, part, part in dir(owner) or None)
    return owner is not None
print(json.dumps([Qgis.QGIS_VERSION, [name for name in {list(TABLE)!r} if there(name)]]))
""")
    installed = ".".join(found[0].split(".")[:2])
    version = "4.x" if installed.startswith("4.") else installed
    if version not in VERSIONS:
        pytest.skip(f"the table knows QGIS {', '.join(VERSIONS)}, not {installed}")
    assert {name for name in TABLE if version not in lacking(name)} == set(found[1])


def test_texts_are_not_put_together_before_they_are_translated():
    """A text with a value in it is in no translation; ``tr("... {}").format(value)`` can be."""
    for path in names.plugin_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr":
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                assert isinstance(node.args[0], (ast.Constant, ast.Name, ast.Attribute)), place
