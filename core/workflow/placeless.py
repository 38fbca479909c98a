"""Tables without places: which validations they allow, and what is refused before anything is learned."""

from __future__ import annotations

from dataclasses import replace

from ..contract.errors import Problems
from ..contract.learning_params import FoldParams, LearningParams
from ..contract.protocol import Channel
from ..data.vector.samples import Samples
from .input_spec import InputSpec

ALLOWED = ("grouped", "regions", "random", "years")


def validation_of(params: FoldParams, samples: Samples, channel: Channel | None = None) -> str:
    """The kind of validation: that of the parameters, and for samples without places one that needs none.

    Parameters
    ----------
    channel : Channel, optional
        Is told what was chosen.
    """
    if samples.placed or params.validation != "auto":
        return params.validation
    kind = chosen_without_places(params)
    if channel is not None and kind == "random":
        channel.warning(
            "The samples have no places and no source field or region field: folds are random. Where samples lie "
            "side by side, neighbours of tested samples train, and scores are too good."
        )
    elif channel is not None:
        channel.info(f"The samples have no places, so validation is {kind}, by the field that names it.")
    return kind


def chosen_without_places(params: FoldParams) -> str:
    """What ``auto`` means without places: the strictest that the fields allow."""
    if params.source_field:
        return "grouped"
    return "regions" if params.region_field else "random"


def without_places(params: LearningParams, spec: InputSpec) -> InputSpec:
    """The inputs of a table without places, with the validations that it will have.

    Raises
    ------
    RegionwiseError
        For everything that needs places, all at once.
    """
    problems, label = Problems(), f"Table '{spec.samples}' has neither geometry nor coordinates"
    remedy = "Add the columns longitude and latitude (WGS 84)"
    for kind in spec.validations:
        if kind not in (*ALLOWED, "auto"):
            problems.add(
                f"{label}, and validation '{kind}' needs places. {remedy}, or choose grouped (with a source field), "
                "regions (with a region field) or random."
            )
    for layer, name in ((spec.groups.regions, "regions"), (spec.groups.blocks, "blocks")):
        if layer:
            problems.add(f"{label}, so that it is not known which {name} of '{layer}' hold them. {remedy}.")
    if params.buffer > 0:
        problems.add(f"{label}, and Buffer is {params.buffer:g}, a distance. {remedy}, or leave Buffer at its default.")
    if params.predictions.lower().endswith(".shp"):
        problems.add(f"{label}, and a shapefile cannot hold the predictions. Write a GeoPackage or CSV instead.")
    problems.raise_any()
    if not isinstance(params, FoldParams):
        return spec
    kinds = [chosen_without_places(params) if kind == "auto" else kind for kind in spec.validations]
    return replace(spec, validations=kinds)
