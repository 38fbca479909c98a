"""Types of models: their names in parameters and model files, and how a member of each is made to answer.

A new kind of model is a module with a learner and a function `build`, and a line in `TYPES`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from ..runtime.checkpoints import Arrays
from ..runtime.types import Arguments

if TYPE_CHECKING:  # networks learn and answer where neither rasters nor vector layers can be read
    from ..features.series_features import Days
    from ..features.window_features import Features
    from .card import Card, Member
    from .contracts import Predictor

NETWORK, BOOSTING, UNMIXING, STACK = "network", "boosting", "unmixing", "stack"
BRITS, BRITS_REFERENCE = "brits", "brits_reference"
POOLED, META, META_REFERENCE = "pooled", "meta", "meta_reference"
SIMPLE, RIDGE, RESIDUAL = "simple", "ridge", "residual"
CONVLSTM_UNET, CONVLSTM_UNET_REFERENCE = "convlstm_unet", "convlstm_unet_reference"
CONVLSTM, CONVLSTM_REFERENCE, TEMPCNN, LTAE = "convlstm", "convlstm_reference", "tempcnn", "ltae"


@dataclass(frozen=True)
class ModelType:
    """A kind of model.

    Parameters
    ----------
    module : str
        Below `core`. Its function `build` makes a predictor of a `StoredMember`. It is imported when a member of the
        type is met: networks bring torch, which trees do without.
    needs_torch : bool
    """

    module: str
    needs_torch: bool = True


TYPES = {
    NETWORK: ModelType("learners.patch_learner"),
    BOOSTING: ModelType("learners.tree_learner", needs_torch=False),
    UNMIXING: ModelType("learners.unmixing_learner", needs_torch=False),
    BRITS: ModelType("learners.series_learner"),
    BRITS_REFERENCE: ModelType("learners.series_learner"),
    CONVLSTM: ModelType("learners.series_learner"),
    CONVLSTM_REFERENCE: ModelType("learners.series_learner"),
    TEMPCNN: ModelType("learners.series_learner"),
    LTAE: ModelType("learners.series_learner"),
    POOLED: ModelType("learners.factor_learner"),
    META: ModelType("learners.block_predictor"),
    META_REFERENCE: ModelType("learners.block_predictor"),
    SIMPLE: ModelType("families.forecast.lag_learners", needs_torch=False),
    RIDGE: ModelType("families.forecast.lag_learners", needs_torch=False),
    RESIDUAL: ModelType("families.forecast.net_learner"),
    CONVLSTM_UNET: ModelType("families.forecast.net_learner"),
    CONVLSTM_UNET_REFERENCE: ModelType("families.forecast.net_learner"),
}


@dataclass(frozen=True)
class StoredMember:
    """A member of a model file that is to answer a map.

    Parameters
    ----------
    arrays : dict
        Its tensors by name.
    device : str
        Where it computes, by the name that torch knows it by.
    days : array of int, optional
        Of the series that is mapped, see `contracts.TrainingData`.
    """

    card: Card
    member: Member
    arrays: Arrays
    device: str = "cpu"
    days: Days | None = None

    @property
    def name(self) -> str:
        """The name of the member."""
        return self.member.name

    @property
    def network(self) -> Arguments:
        """Arguments of the networks of the member's type."""
        return self.card.networks[self.member.type]

    def features(self) -> Features:
        """The features that the member's model sees."""
        from ..features.feature_info import read_features

        return read_features(self.card.features, self.card.band_names(), self.arrays, self.days)


def build(stored: StoredMember) -> Predictor:
    """A member ready to answer windows of a map.

    Raises
    ------
    RegionwiseError
        If its tensors do not fit what the card says.
    """
    module = import_module(f"..{TYPES[stored.member.type].module}", __package__)
    predictor: Predictor = module.build(stored)
    return predictor


def with_torch(types: Iterable[str]) -> set[str]:
    """Those of some types that need torch; a stack has networks."""
    return {kind for kind in types if kind == STACK or TYPES[kind].needs_torch}
