"""Hierarchy of classes: coarser classes are sums of finer ones, so that both are consistent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import Problems
from ..contract.layer import Layer
from ..data.vector.tables import check_fields, read_table, text_of

CHILD, PARENT = "child", "parent"


@dataclass(frozen=True)
class Levels:
    """Classes (children), and parents that are sums of several of them.

    Parameters
    ----------
    children : tuple of str
    parents : dict
        Children of each parent by name; a parent of one child of the same name is that child.
    """

    children: tuple[str, ...]
    parents: dict[str, list[str]]

    @property
    def names(self) -> tuple[str, ...]:
        """Children, then parents."""
        return (*self.children, *self.parents)

    def matrix(self) -> NDArray[np.float64]:
        """The matrix that turns shares of children into those of `names`, shape (name, child)."""
        return np.concatenate([np.eye(len(self.children)), self.parent_matrix()])

    def parent_matrix(self) -> NDArray[np.float64]:
        """The matrix that turns shares of children into those of parents, shape (parent, child)."""
        rows = [[float(child in members) for child in self.children] for members in self.parents.values()]
        return np.array(rows).reshape(-1, len(self.children))

    def of(self, shares: NDArray[Any]) -> NDArray[np.float64]:
        """The shares of `names` for those of children, shape (n, name)."""
        sums: NDArray[np.float64] = shares @ self.matrix().T
        return sums

    def of_parents(self, shares: NDArray[Any]) -> NDArray[np.float64]:
        """The shares of the parents alone, shape (n, parent)."""
        sums: NDArray[np.float64] = shares @ self.parent_matrix().T
        return sums


def read_levels(layer: Layer, targets: Sequence[str]) -> Levels:
    """The levels in a table with the columns child and parent; without a table there is one level.

    Raises
    ------
    RegionwiseError
        If a target has no parent or two, or a parent is called like a target that it does not consist of.
    """
    if not layer:
        return Levels(tuple(targets), {})
    frame = read_table(layer)
    check_fields(frame, (CHILD, PARENT), layer)
    problems = Problems()
    parent_of: dict[str, str] = {}
    for child, parent in zip(map(text_of, frame[CHILD]), map(text_of, frame[PARENT]), strict=True):
        if not child:
            continue
        if parent_of.get(child, parent) != parent:
            problems.add(f"'{child}' has two parents in '{layer}': {parent_of[child]} and {parent}; leave one.")
        parent_of[child] = parent
    for target in targets:
        if not parent_of.get(target):
            problems.add(f"Target '{target}' has no parent in '{layer}'; add a row for it.")
    problems.raise_any()
    parents: dict[str, list[str]] = {}
    for target in targets:
        parents.setdefault(parent_of[target], []).append(target)
    kept = {name: members for name, members in parents.items() if members != [name]}
    for name in sorted(set(kept) & set(targets)):
        problems.add(f"'{name}' in '{layer}' is a target and the parent of others; give the parent a name of its own.")
    problems.raise_any()
    return Levels(tuple(targets), kept)
