"""Augmented samples as inputs of training: how their labels were predicted, to predict them anew in each fold.

Shares are predicted anew; classes, events and weak labels are kept, and it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ..contract.learning_params import LearningParams
from ..contract.protocol import Channel
from ..data.vector.labels import RECIPE_FIELD, WEIGHT_FIELD, read_augmented
from ..data.vector.layers import read_rows
from ..data.vector.samples import Samples
from ..data.vector.tables import text_of
from ..features.attribute_table import attribute_table
from ..learning.augmented_labels import AugmentedLabels, Recipe
from .input_spec import InputSpec


def read_augmented_labels(
    params: LearningParams, spec: InputSpec, samples: Samples, channel: Channel
) -> tuple[AugmentedLabels | None, Samples]:
    """What predicts the augmented labels of `samples` anew; None where there are none.

    Where nothing tells how, or labels are no shares, it is None, too, and the samples get a notice of it.
    """
    layer, targets = spec.samples, spec.labels.targets
    if not samples.augmented.any():
        return None, samples
    frame, count = read_rows(layer), samples.augmented.sum()
    if not targets:
        return None, replace(samples, notices=(*samples.notices, *_kept(frame, spec, samples)))
    recipe, reason = _recipe(frame, targets, samples)
    if recipe is None:
        notice = (
            f"The {count} augmented samples of '{layer}' keep their labels, which know all observed ones, tested ones "
            f"among them, for {reason}. Scores may be too good. Run 'Augment samples' again, and train on its output "
            "with all of its fields: then labels are predicted anew in each fold."
        )
        return None, replace(samples, notices=(*samples.notices, notice))
    channel.info(
        f"The labels of {count} augmented samples are predicted anew in each fold, from observed samples that it may "
        "know. Only the settings that predict them were chosen with all. Each fold takes a little longer by that."
    )
    table, names = attribute_table(frame, recipe.features, str(layer), coordinates=recipe.coordinates)
    return AugmentedLabels(recipe, table[samples.row - 1], names, params.weight_field == WEIGHT_FIELD), samples


def _kept(frame: pd.DataFrame, spec: InputSpec, samples: Samples) -> list[str]:
    """What is said of augmented and of weak labels that are no shares."""
    predicted = samples.augmented & read_augmented(frame)[samples.row - 1]
    weak, labels, notices = int((samples.augmented & ~predicted).sum()), spec.labels, []
    if predicted.any():
        notices.append(
            f"The {predicted.sum()} augmented samples of '{spec.samples}' keep their labels, which may know all "
            "observed ones, tested ones among them: only shares are predicted anew in each fold. Scores may be too "
            "good. Leave these rows out to see what they add."
        )
    if weak:
        notices.append(
            f"{weak} weak labels of '{spec.samples}' (field '{labels.weak_field}') train, at {labels.weak_weight:g} of "
            "the weight of others, and never test; they stay as they are."
        )
    return notices


def _recipe(frame: pd.DataFrame, targets: Sequence[str], samples: Samples) -> tuple[Recipe | None, str]:
    """How the labels of augmented samples were predicted; None with the reason where that is not known."""
    if RECIPE_FIELD not in frame:
        return None, f"there is no field '{RECIPE_FIELD}', which tells how they were predicted"
    texts = {text_of(text) for text in frame[RECIPE_FIELD].iloc[samples.row[samples.augmented] - 1]}
    try:
        if len(texts) > 1:
            raise ValueError("several recipes")
        recipe = Recipe.read(texts.pop())
    except ValueError:
        return None, f"field '{RECIPE_FIELD}' does not tell the same of all of them"
    if set(recipe.targets) != set(targets):
        return None, f"they were predicted for other targets ({', '.join(recipe.targets)})"
    lacking = [name for name in recipe.features if name not in frame]
    if lacking:
        return None, f"field '{lacking[0]}', which they were predicted from, is missing"
    return recipe, ""
