"""Train abundance: fractions of classes from pixel series with gaps and ancillary data, with cross-validation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ...contract.errors import RegionwiseError
from ...data.series.calendar import check_span
from ...features.series_features import SeriesFeatures
from ...learners.tree_learner import BoostingLearner
from ...learners.unmixing_learner import UnmixingLearner
from ...learning.contracts import Material
from ...learning.learning_curves import FEW_WEIGHT, study_few
from ...learning.model_file import Model, read_model
from ...learning.model_types import BOOSTING, BRITS, STACK, UNMIXING, WITHOUT_TORCH
from ...runtime.checkpoints import Arrays
from ...runtime.executor import Place
from ...runtime.local_executor import place_of
from ...runtime.run import Result, Run
from ...targets.hierarchy import Levels, read_levels
from ...targets.share_target import ShareMeasure
from ...validation.planner import Plan
from ...workflow.cross_train import AnyLearner, Lineup, cross_train, networks, quickened, save
from ...workflow.series_setup import read_dated, series_bands, series_features
from .params import AbundanceTraining

FAMILY = "abundance"
QUICK = {"width": 16, "epochs": 4, "patience": 4}


def train(params: AbundanceTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    with place_of(run) as place:
        return _train(quickened(params, QUICK, run), run, place)


def _train(params: AbundanceTraining, run: Run, place: Place) -> Result:
    levels = read_levels(params.levels, params.targets)
    start = read_model(params.start_model, FAMILY) if params.start_model else None
    inputs = read_dated(
        params, run, place, ancillary=params.ancillary, ancillary_fields=params.ancillary_fields,
        coordinates=params.add_coordinates, targets=params.targets, resampling=params.resampling,
        files=tuple(filter(None, [params.start_model])), more_layers=(params.levels,),
    )  # fmt: skip
    features = _features(inputs.material, start, params)
    known = start.card.network.get(_network_type(params), {}) if start else {}
    lineup = _lineup(params, inputs.material, features, levels, int(known.get("width", params.width)))
    if start is not None:
        run.channel.warning(
            f"Scores hold if '{params.start_model}' was trained on other samples than these; it is not known whether."
        )
    tensors = _start(start, params, lineup)

    def more_work(plan: Plan) -> float:
        return 2 * FEW_WEIGHT * len(plan.splits) * len(params.few_counts())

    learned = cross_train(
        params, "Abundance: cross-validation", inputs, lineup, run, place, plain=lineup.members[0], start=tensors,
        more_work=more_work,
    )  # fmt: skip
    outcome = learned.outcome
    if params.few_counts():
        few = study_few(
            params.few_counts(), lineup.learners[lineup.members[0]], tensors[lineup.members[0]], learned.plan.splits,
            inputs.material.samples, learned.trainer, params.seed,
        )  # fmt: skip
        outcome = replace(outcome, few=few)
    return save(
        outcome, learned.members, lineup, inputs, learned.trained[BOOSTING], family=FAMILY,
        network=networks(lineup), bands=series_bands(features, inputs.material),
        levels=levels.parents,
    )  # fmt: skip


def _features(material: Material, start: Model | None, params: AbundanceTraining) -> SeriesFeatures:
    """Return what trees see of a pixel's series; a model to start from says at which calendar."""
    features = series_features(material)
    if start is None or material.days is None:
        return features
    names, ancillary = features.bands, features.ancillary
    trees = start.card.trees
    first, last = (date.fromordinal(int(day)) for day in (material.days[0, 0], material.days[0].max()))
    check_span(str(params.series or params.table), first, last, trees["calendar"], trees["phase"])
    for label, own, theirs in (
        ("bands", list(names), trees["bands"]),
        ("ancillary data", list(ancillary), trees["ancillary"]),
        ("targets", list(params.targets), start.card.components),
    ):
        if own != theirs:
            raise RegionwiseError(
                f"Start model '{params.start_model}' has the {label} {', '.join(theirs) or '–'}, this run has "
                f"{', '.join(own) or '–'}.",
                "Give the same, in the same order.",
            )
    units = {band["name"]: band["unit"] for band in start.card.bands}
    for name, unit in zip(names, (band.unit for band in material.bands), strict=False):
        if unit and units.get(name) and unit != units[name]:
            raise RegionwiseError(
                f"Band {name} is in {unit}, start model '{params.start_model}' learned it in {units[name]}.",
                "Make the series with a Scale that brings it there.",
            )
    return SeriesFeatures(names, ancillary, tuple(trees["calendar"]), trees["phase"])


def _network_type(params: AbundanceTraining) -> str:
    return BRITS if params.model_type == STACK else params.model_type


def _lineup(
    params: AbundanceTraining, material: Material, features: SeriesFeatures, levels: Levels, width: int
) -> Lineup:
    """Return who learns; boosting and unmixing always learn the same folds, to stand in the same table."""
    learners: dict[str, AnyLearner] = {}
    if params.model_type not in WITHOUT_TORCH:
        from ...learners.series_learner import SeriesLearner

        kind = _network_type(params)
        sizes = {"ancillary": len(features.ancillary), "width": width}
        learners[kind] = SeriesLearner(kind, params, material, features, sizes)
    learners[BOOSTING] = BoostingLearner(material, features, params.seed)
    learners[UNMIXING] = UnmixingLearner(material, features)
    beside: dict[str, AnyLearner] = {BOOSTING: BoostingLearner(material, features, params.seed, spread=False)}
    members = (BRITS, BOOSTING, UNMIXING) if params.model_type == STACK else (params.model_type,)
    reach = 0.0 if material.tabular else material.grid.longest_side
    beside = learners if params.compare == "model" else beside
    return Lineup(learners, beside, params.model_type, members, reach, ShareMeasure(levels))


def _start(start: Model | None, params: AbundanceTraining, lineup: Lineup) -> dict[str, list[Arrays]]:
    """Return the tensors of the members from which each type goes on."""
    if start is None:
        return {}
    found = {}
    for kind in lineup.members:
        found[kind] = [start.members[member.name] for member in start.card.members if member.type == kind]
        if not found[kind]:
            types = ", ".join(sorted({member.type for member in start.card.members}))
            raise RegionwiseError(
                f"Start model '{params.start_model}' has no members of type {kind}; it has {types}.",
                "Choose that Model type, or another start model.",
            )
    return found
