"""Augmented labels: shares of unlabelled rows, predicted anew by what may be known of the labelled ones.

A label that knows the tested ones lends their scores what the map will not have. So each fit predicts the labels of
augmented samples from the observed samples that it may know, and from no others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.vector.samples import Samples
from ..runtime.checkpoints import Checkpoints
from ..runtime.files import fingerprint
from ..runtime.types import Array, Index
from .label_trees import (
    Settings,
    Table,
    fit_means,
    fit_quantiles,
    predict_means,
    predict_quantiles,
    spread_weights,
)


@dataclass(frozen=True)
class Recipe:
    """The way in which the labels of a layer were predicted; it travels in a column of the augmented rows.

    Parameters
    ----------
    targets : tuple of str
        Fields of the components.
    features : tuple of str
        Fields that they were predicted from.
    coordinates : bool
        See `attribute_table`.
    settings : dict
        Of the trees, as the search chose them.
    levels : tuple of float
        Of the quantiles, ascending; the distance of the outer ones makes the weight of a label.
    """

    targets: tuple[str, ...]
    features: tuple[str, ...]
    coordinates: bool
    settings: Settings
    levels: tuple[float, ...]
    seed: int

    def text(self) -> str:
        """The recipe as a text."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Recipe:
        """The recipe that a text holds.

        Raises
        ------
        ValueError
            If it holds none: it was cut off, or is something else.
        """
        raw: Mapping[str, Any] = json.loads(text)
        try:
            return cls(
                tuple(map(str, raw["targets"])),
                tuple(map(str, raw["features"])),
                bool(raw["coordinates"]),
                {str(name): float(value) for name, value in raw["settings"].items()},
                tuple(map(float, raw["levels"])),
                int(raw["seed"]),
            )
        except (KeyError, TypeError, AttributeError) as err:
            raise ValueError("no recipe") from err


@dataclass(frozen=True)
class AugmentedLabels:
    """What predicts the labels of augmented samples anew.

    Parameters
    ----------
    features : array, shape (sample, feature)
        Attributes of all samples, observed or not.
    names : tuple of str
    weighted : bool
        Whether the weights of samples are those of the recipe, and follow the new labels.
    """

    recipe: Recipe
    features: Array
    names: tuple[str, ...]
    weighted: bool

    def take(self, index: Index | NDArray[np.bool_]) -> AugmentedLabels:
        """The same for the samples at `index`."""
        return replace(self, features=self.features[index])

    def digest(self) -> str:
        """A hash of everything that its labels depend on, besides those of the samples."""
        return fingerprint(self.recipe.text(), self.features.tolist(), self.weighted)

    def knowing(self, samples: Samples, rows: Index, checkpoints: Checkpoints) -> Samples:
        """`samples` with augmented labels that know those of the observed ones among `rows`, and no others.

        They are kept in `checkpoints`: several models fit the same rows.
        """
        known = rows[~samples.augmented[rows]]
        _, first = np.unique(samples.row[known], return_index=True)  # the points of a row share its label
        known = np.sort(known[first])
        name = f"labels-{fingerprint(known.tolist())}"
        kept = checkpoints.load(name)
        if kept is None:
            shares, weight = self._predicted(samples, known)
            checkpoints.save(name, {"shares": shares, "weight": weight}, {})
        else:
            shares, weight = kept[0]["shares"], kept[0]["weight"]
        told, told_weight = samples.shares.copy(), samples.weight.copy()
        told[samples.augmented], told_weight[samples.augmented] = shares, weight
        return replace(samples, shares=told, weight=told_weight)

    def _predicted(self, samples: Samples, known: Index) -> tuple[Array, Array]:
        """Shares (n, component) and weights (n,) of the augmented samples."""
        recipe, unknown = self.recipe, self.features[samples.augmented]
        table = Table(self.features[known], self.names, samples.shares[known], samples.group[known])
        shares = predict_means(fit_means(table, recipe.settings, recipe.seed), unknown, self.names)
        if not self.weighted:
            return shares, samples.weight[samples.augmented]
        models = fit_quantiles(table, recipe.settings, recipe.levels, recipe.seed)
        return shares, spread_weights(predict_quantiles(models, unknown, self.names), recipe.levels, table.shares)
