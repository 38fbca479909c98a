"""A stand-in for QGIS 4 over the real PyQt6, and what `test_qt6.py` does with the plugin in it; run as a program.

Its classes, enums and methods are those that `qgis_api.json` says QGIS 4 has, so what is not there fails.
Methods take anything and do nothing but where an algorithm needs an answer to declare itself.
"""

from __future__ import annotations

import enum
import importlib
import json
import pkgutil
import sys
import types
from datetime import date
from pathlib import Path
from typing import Any

TABLE = json.loads(Path(__file__).with_name("qgis_api.json").read_text(encoding="utf-8"))
THERE = [name for name, entry in TABLE.items() if entry["last"] == "4.x"]
QT = {name.split(".")[0] for name in THERE if name.startswith("Qt")}


class Thing:
    """The base of all stand-ins: takes any arguments."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.arguments, self.named = arguments, named


def silent(*arguments: Any, **named: Any) -> None:
    """Do nothing, as a method or a function."""


class Parameter:
    """What a parameter must answer while it is declared."""

    def name(self) -> str:
        """Return the name."""
        return self.arguments[0]

    def flags(self) -> Any:
        """Return no flags, in the enum's own type."""
        return sys.modules["qgis.core"].QgsProcessingParameterDefinition.Flag(0)

    def isDestination(self) -> bool:
        """Return whether an output is meant."""
        return isinstance(self, sys.modules["qgis.core"].QgsProcessingDestinationParameter)


class Algorithm:
    """Keeps the parameters that are added."""

    def addParameter(self, parameter: Any) -> None:
        """Keep a parameter."""
        self.__dict__.setdefault("added", []).append(parameter)


class Provider:
    """Keeps the algorithms that are added, and offers two formats of rasters."""

    def addAlgorithm(self, algorithm: Any) -> None:
        """Declare an algorithm, as QGIS does, and keep it."""
        algorithm.initAlgorithm()
        self.__dict__.setdefault("added", []).append(algorithm)

    def supportedOutputRasterLayerFormatAndExtensions(self) -> list[Any]:
        """Return pairs as 4.0 has them, and one of the kind that came later."""
        later = types.SimpleNamespace(format="GTiff", extension="tif")
        return [("GTiff", "tif"), later, ("XYZ", "xyz"), ("COG", "tif")]


class Model:
    """A model that cannot be read: there is no modeler here."""

    def fromFile(self, path: str) -> bool:
        """Return False."""
        return False


class Range:
    """A span of time."""

    def begin(self) -> Any:
        """Return its first moment."""
        return self.arguments[0]

    def end(self) -> Any:
        """Return its last moment."""
        return self.arguments[1]


OWN: dict[str, type] = {
    "QgsProcessingParameterDefinition": Parameter,
    "QgsProcessingAlgorithm": Algorithm,
    "QgsProcessingProvider": Provider,
    "QgsProcessingModelAlgorithm": Model,
    "QgsDateTimeRange": Range,
}


def make(name: str, made: dict[str, Any]) -> Any:
    """Return the stand-in of a class or an enum, with all that the table has of it."""
    if name in made:
        return made[name]
    inner = [other for other in THERE if other.rpartition(".")[0] == name]
    names = [other.rpartition(".")[2] for other in inner]
    if "." in name and names and all(other[0].isupper() for other in names):
        made[name] = enum.IntFlag(name.rpartition(".")[2], names)
        return made[name]
    base = TABLE[name].get("base")
    bases = tuple(filter(None, (OWN.get(name), make(base, made) if base else None))) or (Thing,)
    if not any(issubclass(each, Thing) for each in bases):
        bases = (*bases, Thing)
    parts = {
        last: make(other, made) if last[0].isupper() else silent
        for other, last in zip(inner, names)
        if not hasattr(OWN.get(name), last)
    }
    made[name] = type(name.rpartition(".")[2], bases, parts)
    return made[name]


def install() -> None:
    """Put the stand-ins where the plugin imports them from."""
    made: dict[str, Any] = {"QgsProcessingException": Exception}
    core = types.ModuleType("qgis.core")
    for name in THERE:
        if name.startswith("Qg") and "." not in name:
            setattr(core, name, make(name, made))
    core.Qgis.QGIS_VERSION = "4.x"
    modules = {"qgis": types.ModuleType("qgis"), "qgis.core": core, "qgis.PyQt": types.ModuleType("qgis.PyQt")}
    for name in QT:
        modules[f"qgis.PyQt.{name}"] = importlib.import_module(f"PyQt6.{name}")
    config = types.ModuleType("processing.core.ProcessingConfig")
    for kind in ("ProcessingConfig", "Setting"):
        path = f"{config.__name__}.{kind}"
        parts = {other.rpartition(".")[2]: silent for other in THERE if other.rpartition(".")[0] == path}
        setattr(config, kind, type(kind, (Thing,), {key: staticmethod(value) for key, value in parts.items()}))
    config.ProcessingConfig.settingIcons = {}
    modules |= {name: types.ModuleType(name) for name in ("processing", "processing.core", "processing.tools")}
    modules["processing.gui"] = types.ModuleType("processing.gui")
    for name in THERE:
        module, _, last = name.rpartition(".")
        if module.startswith(("processing.gui.", "processing.tools.")) and module not in TABLE:
            modules[module] = modules.get(module, types.ModuleType(module))
            setattr(modules[module], last, type(last, (Thing,), {}) if last[0].isupper() else silent)
    modules["qgis.gui"] = core
    sys.modules.update(modules | {config.__name__: config})


def use() -> dict[str, Any]:
    """Import all of the plugin, declare all algorithms, and run its plain Qt code; return what came out."""
    from PyQt6.QtWidgets import QApplication, QCommandLinkButton, QPushButton

    application = QApplication([])
    import regionwise.algorithms as package

    modules = [found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    for name in [*modules, "regionwise.plugin"]:
        importlib.import_module(name)
    import regionwise.gui.start
    from regionwise.algorithms import client, declaration, provider, recent, temporal
    from regionwise.gui.start_panel import StartPanel

    listed = provider.RegionwiseProvider()
    listed.loadAlgorithms()
    client._let_qt_work()
    spans = temporal.spans_of([date(2020, 1, 1), date(2020, 1, 17)])
    panel = StartPanel(regionwise.gui.start.ToolDialogs(None, print), print)
    panel.show_engine("the engine", missing=True)
    panel.show_recent([recent.Made("html", "a/report.html", "traincrops", "2026-12-01")])
    cards = [card.text() for card in panel.findChildren(QCommandLinkButton)]
    listed_files = [button.text() for button in panel.recents.findChildren(QPushButton)]
    panel.close()
    del panel, application
    return {
        "modules": len(modules),
        "algorithms": {each.name(): len(each.__dict__.get("added", [])) for each in listed.added},
        "cards": cards,
        "recent": listed_files,
        "declared": len(provider.ALGORITHMS),
        "icons": all(not each.icon().isNull() for each in [listed, *listed.added]),
        "help": all(each.shortHelpString() and each.displayName() and each.group() for each in listed.added),
        "text": declaration.tr("Series"),
        "formats": [tuple(vars(pair).values()) if hasattr(pair, "format") else pair for pair in
                    listed.supportedOutputRasterLayerFormatAndExtensions()],
        "days": [moment.date().toString("yyyy-MM-dd") for span in spans for moment in (span.begin(), span.end())],
        "loaded": sorted({name.split(".")[0] for name in sys.modules} & {"PyQt5", "PyQt6"}),
    }  # fmt: skip


if __name__ == "__main__":
    install()
    sys.stdout.write(json.dumps(use()))
