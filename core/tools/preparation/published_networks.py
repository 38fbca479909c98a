"""Published networks: how each is recognised by its tensors, and becomes a network of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from torch import Tensor

from ...contract.errors import RegionwiseError
from ...contract.parsing import names_in
from ...data.raster.stack import ANCILLARY, DAY, SERIES
from ...features.feature_info import FeatureInfo
from ...features.series_features import SeriesFeatures
from ...learning.model_types import BRITS_REFERENCE, CONVLSTM_REFERENCE, NETWORK
from ...learning.training_loop import to_arrays, to_tensors
from ...nets.brits import Brits
from ...nets.convlstm import ConvLstmReference
from ...nets.resnet import CompositionNet
from ...runtime.types import Arguments
from .params import WeightImport

MARKS = {  # a tensor that only this family has
    "composition": "shared_in_conv.weight",
    "crops": "convlstm.cell_list.0.conv.weight",
    "abundance": "model.rits_f.rnn_cell.weight_ih",
}
CROP_PATCH = 65  # cells: the side of the published images
Inputs = list[tuple[str, str]]  # name and sensor of each band


@dataclass(frozen=True)
class Reference:
    """A published system: how its weights become members of ours.

    Parameters
    ----------
    inputs : callable
        Returns the bands that its network sees, from the parameters of the import.
    network : callable
        Returns the arguments that build the network again, from tensors, inputs, components and the file's path; raises
        where they do not fit.
    tensors : callable
        Returns the tensors under our names.
    features : callable
        Returns the card's description of the calendar, if bands are dated.
    """

    family: str
    type: str
    inputs: Callable[[WeightImport], Inputs]
    network: Callable[[dict[str, Tensor], Inputs, list[str], str], Arguments]
    tensors: Callable[[dict[str, Tensor]], dict[str, Tensor]]
    features: Callable[[Inputs], FeatureInfo]


def family_of(state: dict[str, Tensor], family: str, path: str) -> str:
    """The family that the tensors of a file belong to."""
    recognised = next((name for name, mark in MARKS.items() if mark in state), "")
    if not recognised:
        raise RegionwiseError(
            f"'{path}' holds tensors of no known reference (the first is '{next(iter(state))}').",
            f"Choose weights of one of: {', '.join(REFERENCES)}.",
        )
    if family and family != recognised:
        raise RegionwiseError(
            f"'{path}' holds weights of the family '{recognised}', not '{family}'.", "Leave Family empty."
        )
    return recognised


@contextmanager
def _fitting(path: str, family: str) -> Iterator[None]:
    """Raise `RegionwiseError` where tensors of a file are missing or have other shapes than the network's."""
    try:
        yield
    except (KeyError, RuntimeError, IndexError) as err:
        raise RegionwiseError(
            f"The tensors of '{path}' do not fit the {family} network ({err}).", "The file seems incomplete."
        ) from err


def _check_sizes(path: str, *sizes: tuple[str, int, int]) -> None:
    """Raise `RegionwiseError` if a file (first number) has other inputs or outputs than are named (second number)."""
    for label, trained, named in sizes:
        if trained != named:
            raise RegionwiseError(
                f"'{path}' was trained with {trained} {label}, {named} are named.",
                "Name them all, in the order of training.",
            )


def _arguments(state: dict[str, Tensor], path: str) -> Arguments:
    """Arguments that build the composition network of `state` again, read from its shapes."""

    def blocks(prefix: str) -> int:
        numbers = [re.match(rf"{prefix}\.(\d+)\.", name) for name in state]
        return 1 + max((int(number.group(1)) for number in numbers if number), default=-1)

    with _fitting(path, "composition"):
        arguments: Arguments = {
            "day_channels": state["day_stem.conv_in.weight"].shape[1],
            "night_channels": state["night_stem.conv_in.weight"].shape[1]
            if "night_stem.conv_in.weight" in state
            else 0,
            "components": state["head_out.weight"].shape[0],
            "width": state["shared_in_conv.weight"].shape[0],
            "blocks": [blocks("day_stem.blocks"), blocks("night_stem.blocks"), blocks("shared_blocks")],
            "head": "dirichlet_one",
        }
        CompositionNet(**arguments).load_state_dict(to_tensors(to_arrays(state)))
    return arguments


def _sensors(params: WeightImport) -> Inputs:
    """Day and night bands."""
    day, night = names_in(params.bands), names_in(params.night_bands)
    return [*((name, DAY) for name in day), *((name, "night") for name in night)]


def _composition(state: dict[str, Tensor], inputs: Inputs, components: list[str], path: str) -> Arguments:
    """The card's description of a published residual network."""
    arguments = _arguments(state, path)
    day = sum(sensor == DAY for _, sensor in inputs)
    night = len(inputs) - day
    _check_sizes(
        path,
        ("day bands", arguments["day_channels"], day),
        ("night bands", arguments["night_channels"], night),
        ("components", arguments["components"], len(components)),
    )
    return {"arguments": arguments, "sensors": [day, *([night] if night else [])], "mask_channel": False}


def _series(params: WeightImport) -> Inputs:
    """Bands of the series and ancillary ones."""
    return [*((name, SERIES) for name in names_in(params.bands)), *((n, ANCILLARY) for n in names_in(params.ancillary))]


def _abundance(state: dict[str, Tensor], inputs: Inputs, components: list[str], path: str) -> Arguments:
    """The card's description of a published BRITS."""
    tensors = _unwrapped(state)
    bands = sum(sensor == SERIES for _, sensor in inputs)
    with _fitting(path, "abundance"):
        arguments = {
            "bands": tensors["rits_f.hist_reg.weight"].shape[0],
            "ancillary": tensors["rits_f.ancillery_embed.weight"].shape[1],
            "components": tensors["rits_f.out.weight"].shape[0],
            "width": tensors["rits_f.hist_reg.weight"].shape[1],
        }
        Brits(**arguments, reference=True).load_state_dict(tensors)
    _check_sizes(
        path,
        ("bands", arguments["bands"], bands),
        ("ancillary bands", arguments["ancillary"], len(inputs) - bands),
        ("components", arguments["components"], len(components)),
    )
    return arguments


def _unwrapped(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors without the prefix of the trainer that held the network."""
    return {name.removeprefix("model."): tensor for name, tensor in state.items()}


def _months(inputs: Inputs) -> FeatureInfo:
    """The calendar of the published abundance model: the first day of each month of a year."""
    days = [date(2001, month, 1).timetuple().tm_yday for month in range(1, 13)]
    bands, ancillary = ([name for name, sensor in inputs if sensor == kind] for kind in (SERIES, ANCILLARY))
    arguments = {"bands": bands, "ancillary": ancillary, "calendar": days, "phase": 0}
    return FeatureInfo(SeriesFeatures.kind, arguments)


def _crops(state: dict[str, Tensor], inputs: Inputs, components: list[str], path: str) -> Arguments:
    """The card's description of a published ConvLSTM."""
    with _fitting(path, "crops"):
        width = state["convlstm.cell_list.0.conv.weight"].shape[0] // 4
        arguments = {
            "bands": state["convlstm.cell_list.0.conv.weight"].shape[1] - width,
            "components": state["fc.weight"].shape[0],
            "width": width,
            "patch": CROP_PATCH,
        }
        ConvLstmReference(**arguments).load_state_dict(state)
    _check_sizes(
        path, ("bands", arguments["bands"], len(inputs)), ("classes", arguments["components"], len(components))
    )
    return arguments


def _dated(params: WeightImport) -> Inputs:
    """Bands of the series."""
    return [(name, SERIES) for name in names_in(params.bands)]


def _any_season(inputs: Inputs) -> FeatureInfo:
    """A calendar that every series of about a year or less fits: the published network knows order only."""
    arguments = {"bands": [name for name, _ in inputs], "ancillary": [], "calendar": [1, 365], "phase": 0}
    return FeatureInfo(SeriesFeatures.kind, arguments)


REFERENCES = {
    "composition": Reference("composition", NETWORK, _sensors, _composition, dict, lambda _: FeatureInfo()),
    "abundance": Reference("abundance", BRITS_REFERENCE, _series, _abundance, _unwrapped, _months),
    "crops": Reference("crops", CONVLSTM_REFERENCE, _dated, _crops, dict, _any_season),
}
