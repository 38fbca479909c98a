"""Parameters of a task: a frozen dataclass that checks itself and travels as JSON.

QGIS reads names, defaults and choices from these classes, so a default is written once. They are
imported by QGIS's own Python, which is 3.9 on older installations: no ``kw_only``, hence every
field has a default and "empty" (an empty text, an empty tuple, 0) means "not given".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from .declare import declared
from .errors import Problems, RegionwiseError
from .layer import Layer

P = TypeVar("P", bound="Params")


@dataclass(frozen=True)
class Params:
    """Base of all parameter classes."""

    def __post_init__(self) -> None:
        problems = Problems()
        for sentence in self.problems():
            problems.add(sentence)
        problems.raise_any()

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used; subclasses add what must hold between several."""
        for name, facts in declared(type(self)).items():
            yield from facts.problems(getattr(self, name))

    def settled(self: P) -> tuple[P, list[str]]:
        """These parameters with whole numbers as multiples, or odd, where they have to be; and a sentence for each."""
        facts = declared(type(self))
        taken = {name: one.settled(getattr(self, name)) for name, one in facts.items()}
        changed = {name: value for name, value in taken.items() if value != getattr(self, name)}
        shown = {name: "not set" if value == facts[name].automatic else value for name, value in changed.items()}
        told = [f"{facts[name].label} {getattr(self, name)} is taken as {shown[name]}." for name in changed]
        return dataclasses.replace(self, **changed), told

    def to_json(self) -> dict[str, Any]:
        """The parameters as JSON values."""
        return dataclasses.asdict(self)

    def without(self, *names: str) -> dict[str, Any]:
        """The parameters as JSON values, but those called `names`."""
        return {name: value for name, value in self.to_json().items() if name not in names}

    @classmethod
    def from_json(cls: type[P], values: dict[str, Any]) -> P:
        """The parameters in `values`; unknown names are refused.

        Raises
        ------
        RegionwiseError
            For unknown names, values of another type, and values that cannot be used.
        """
        hints = get_type_hints(cls)
        names = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - names)
        if unknown:
            raise RegionwiseError(
                f"{cls.__name__} has no parameter '{unknown[0]}'.",
                f"Its parameters are: {', '.join(sorted(names))}.",
            )
        return cls(**{name: _convert(name, value, hints[name]) for name, value in values.items()})


def _convert(name: str, value: Any, hint: Any) -> Any:
    """The JSON `value` as the type `hint`, one of those that parameters may have."""
    try:
        if hint == Layer:
            return Layer.from_json(value)
        if hint == tuple[Layer, ...]:
            return tuple(Layer.from_json(item) for item in value)
        if hint == tuple[str, ...]:
            return tuple(str(item) for item in value)
        if hint == tuple[float, ...]:
            return tuple(float(item) for item in value)
        if hint is bool and not isinstance(value, bool):
            raise TypeError("expected true or false")
        return hint(value)
    except (TypeError, ValueError) as err:
        raise RegionwiseError(f"Parameter '{name}' cannot be {value!r} ({err}).") from err


def given(name: str, value: object) -> Iterator[str]:
    """Yield a sentence if `value` is empty."""
    if not value:
        yield f"{name} is missing; choose a value."


def target_problems(targets: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence if `targets` cannot be the components of a composition."""
    if len(targets) == 1:
        yield "Targets need two or more fields, one for each component of the composition."
    if len(set(targets)) < len(targets):
        yield "A field stands twice among the targets; name each component once."
