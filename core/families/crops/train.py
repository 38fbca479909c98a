"""Train crops: classes from image series, with cross-validation."""

from __future__ import annotations

from ...contract.errors import RegionwiseError
from ...data.vector.writers import check_field_names
from ...features.series_features import SeriesFeatures
from ...learners.tree_learner import BoostingLearner
from ...learning.contracts import Material
from ...learning.model_types import BOOSTING, CONVLSTM, CONVLSTM_REFERENCE, LTAE, STACK, TEMPCNN, WITHOUT_TORCH
from ...runtime.executor import Place
from ...runtime.local_executor import place_of
from ...runtime.run import Result, Run
from ...targets.class_target import FEW, ClassMeasure, rare_classes
from ...targets.share_target import MEAN
from ...workflow.cross_train import AnyLearner, Lineup, cross_train, networks, quickened, save
from ...workflow.series_setup import read_dated, series_bands, series_features
from ...workflow.training_inputs import Inputs
from .params import CropTraining

FAMILY = "crops"
QUICK = {"width": 8, "epochs": 4, "patience": 4}
STACKED = (TEMPCNN, LTAE, BOOSTING)
KERNEL = 3  # cells that enter the ConvLSTM with each pixel of a patch; of single pixels there are no others


def train(params: CropTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    with place_of(run) as place:
        return _train(quickened(params, QUICK, run), run, place)


def _train(params: CropTraining, run: Run, place: Place) -> Result:
    inputs = read_dated(params, run, place, halo=_side(params) // 2, class_field=params.class_field)
    _check_classes(inputs, params, run)
    features = series_features(inputs.material)
    lineup = _lineup(params, inputs.material, features)
    learned = cross_train(params, "Crops: cross-validation", inputs, lineup, run, place, plain=lineup.members[0])
    return save(
        learned.outcome, learned.members, lineup, inputs, learned.trained[BOOSTING], family=FAMILY,
        network=networks(lineup), bands=series_bands(features, inputs.material),
    )  # fmt: skip


def _side(params: CropTraining) -> int:
    """Return the side of what the widest model sees, in cells."""
    return params.patch + (KERNEL - 1 if params.patch > 1 else 0)


def _check_classes(inputs: Inputs, params: CropTraining, run: Run) -> None:
    """Refuse names of classes that the outputs need themselves; warn about rare classes."""
    samples = inputs.material.samples
    if MEAN in samples.components:
        raise RegionwiseError(f"Class '{MEAN}' has a name that the scores need.", "Rename the class.")
    alike: dict[str, str] = {}
    for name in samples.components:
        other = alike.setdefault(name.casefold(), name)
        if other != name:
            raise RegionwiseError(
                f"Classes '{other}' and '{name}' differ only in capital letters.", "Write them alike, or rename one."
            )
    check_field_names(params.predictions, ClassMeasure(samples.components).fields)
    rare = rare_classes(samples)
    if rare:
        listing = ", ".join(f"{name} ({count})" for name, count in rare.items())
        run.channel.warning(f"Classes with fewer than {FEW} samples: {listing}. Their scores mean little.")


def _lineup(params: CropTraining, material: Material, features: SeriesFeatures) -> Lineup:
    """Return who learns; boosting always learns the same folds, to stand in the same table."""
    weighting, members = params.class_weights, STACKED if params.model_type == STACK else (params.model_type,)
    learners: dict[str, AnyLearner] = {}
    for kind in members:
        if kind not in WITHOUT_TORCH:
            from ...learners.series_learner import SeriesLearner

            sizes = _sizes(kind, params, features)
            learners[kind] = SeriesLearner(kind, params, material, features, sizes, weighting, again=True)
    learners[BOOSTING] = BoostingLearner(material, features, params.seed, weighting=weighting)
    beside = learners if params.compare == "model" else {BOOSTING: learners[BOOSTING]}
    reach = 0.0 if material.tabular else _side(params) * material.grid.longest_side
    return Lineup(learners, beside, params.model_type, members, reach, ClassMeasure(material.samples.components))


def _sizes(kind: str, params: CropTraining, features: SeriesFeatures) -> dict[str, int]:
    """Return the arguments of a network."""
    if kind == CONVLSTM_REFERENCE:
        return {"patch": params.patch, "width": params.width}
    kernel = KERNEL if kind == CONVLSTM and params.patch > 1 else 1
    return {"width": params.width, "steps": len(features.calendar), "patch": params.patch, "kernel": kernel}
