"""The public interface, which `tests/interface.json` freezes: ids, and parameters as they are declared."""

import dataclasses
from typing import Any

from regionwise.core.contract.declare import Declared, declared


def interface(provider: Any) -> dict[str, Any]:
    """Return what everything that `provider` lists takes and gives, by id."""
    return {a.name(): _tool(a) for a in sorted(provider.algorithms(), key=lambda a: a.name())}


def _tool(algorithm: Any) -> dict[str, Any]:
    facts = declared(algorithm.PARAMS) if hasattr(algorithm, "PARAMS") else {}
    return {
        "title": algorithm.displayName(),
        "group": algorithm.group(),
        "parameters": {d.name(): _parameter(d, facts.get(d.name().lower())) for d in algorithm.parameterDefinitions()},
        "outputs": {d.name(): d.description() for d in sorted(algorithm.outputDefinitions(), key=lambda d: d.name())},
    }


def _parameter(definition: Any, facts: "Declared | None") -> dict[str, Any]:
    """The type that QGIS knows, and of a tool what is declared and differs from what all have."""
    told = {"type": definition.type()}
    default = definition.defaultValue()
    if default not in (None, "") and not definition.isDestination():
        told["default"] = default
    if facts is None:
        return {**told, "label": definition.description()}
    usual = Declared("", "")
    for field in dataclasses.fields(Declared):
        value = getattr(facts, field.name)
        if field.name not in ("kind", "automatic") and value != getattr(usual, field.name):
            told[field.name] = list(value) if isinstance(value, tuple) else value
    return told
