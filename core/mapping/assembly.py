"""Assembly: the members of model files as one ensemble."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from ..contract.layer import NO_LAYER, Layer
from ..data.vector.polygons import Regions
from ..features.series_features import Days
from ..learning.card import Member
from ..learning.contracts import Predictor
from ..learning.model_file import Model
from ..learning.model_types import STACK, StoredMember, build
from ..runtime.executor import Log
from ..runtime.files import fingerprint
from ..runtime.types import Floats
from .ensemble import Ensemble, EnsembleMember
from .region_weights import read_weights

DEFAULT_WEIGHTS = (0.5, 0.5)


@dataclass(frozen=True)
class RegionalBlend:
    """How regional experts join the global members.

    Parameters
    ----------
    regions : Regions, optional
    weights : Layer
        Table of the weights of regions; without one they are equal.
    cells : int
        Over which regions pass into each other.
    """

    regions: Regions | None = None
    weights: Layer = NO_LAYER
    cells: int = 0


@dataclass(frozen=True)
class AnswerReading:
    """How the answers of members are read; see `ensemble.Ensemble`.

    Parameters
    ----------
    days : array of int, optional
        Of the series that is mapped, see `contracts.TrainingData`.
    imputing : bool
        Whether members are wanted that have no weight, for they know what is missing in a series.
    """

    aggregate: Floats | None = None
    temperature_scaled: bool = False
    days: Days | None = None
    imputing: bool = False


def assemble(
    models: Sequence[Model],
    device: str,
    log: Log,
    answers: AnswerReading | None = None,
    blend: RegionalBlend | None = None,
) -> Ensemble:
    """The members that a map needs: the global ones, and the experts of its regions.

    Parameters
    ----------
    models : sequence of Model
        The main model, and perhaps one with experts.
    device : str
        Where networks are computed.
    """
    answers, blend = answers or AnswerReading(), blend or RegionalBlend()
    names = blend.regions.names if blend.regions else ()
    known = [
        (model, member)
        for model in models
        for member in model.card.members
        if member.kind in ("global", "within")
        and (not member.region or member.region in names)
        and (answers.imputing or model.card.mixture.get(member.type, 1.0) > 0)
    ]
    weights = _expert_weights(sorted({member.region for _, member in known if member.region}), blend.weights, log)
    with_weight = [(model, member) for model, member in known if not member.region or weights[member.region][1]]
    predictors: dict[str, Predictor] = {}
    calibration = models[0].card.calibration
    members = [_ensemble_member(model, member, predictors, device, answers.days) for model, member in with_weight]
    return Ensemble(
        members,
        blend.regions,
        weights,
        blend.cells,
        max(member.predictor.halo for member in members),
        device,
        len(models[0].card.components),
        answers.aggregate,
        answers.temperature_scaled,
        calibration.factors.get(STACK, {}),
        calibration.mean,
    )


def _expert_weights(experts: Sequence[str], table: Layer, log: Log) -> dict[str, tuple[float, float]]:
    """Weights of global model and expert in each region that has one."""
    if not experts:
        return {}
    known = read_weights(table, experts) if table else {}
    weights = {name: known.get(name, DEFAULT_WEIGHTS) for name in experts}
    kind = "as given" if known else "equal by default"
    listing = ", ".join(f"{name} {g:.2f}/{r:.2f}" for name, (g, r) in weights.items())
    log.info(f"Weights global/regional ({kind}): {listing}.")
    return weights


def _ensemble_member(
    model: Model, member: Member, predictors: dict[str, Predictor], device: str, days: Days | None
) -> EnsembleMember:
    """A member ready to answer, with its weight among the members of its model for the same place.

    Members with equal tensors share one of `predictors`, so that they are computed once.
    """
    card, arrays = model.card, model.members[member.name]
    alike = [m for m in card.members if (m.kind, m.region, m.type) == (member.kind, member.region, member.type)]
    share = card.mixture.get(member.type, 1.0) / len(alike)
    factors = card.calibration.factors.get(member.type, {})
    digest = hashlib.sha256(b"".join(name.encode() + arrays[name].tobytes() for name in sorted(arrays)))
    key = fingerprint(member.type, card.networks, card.features.arguments, digest.hexdigest())
    if key not in predictors:
        predictors[key] = build(StoredMember(card, member, arrays, device, days))
    known = bool(factors) or predictors[key].knows_concentration
    return EnsembleMember(predictors[key], member.region, share, member.type, factors, spread=known)
