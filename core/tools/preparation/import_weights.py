"""Import weights: tensors that a reference system has published, as a model of ours."""

from __future__ import annotations

import pickle  # nosec B403
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...contract.errors import RegionwiseError
from ...contract.parsing import names_in
from ...contract.protocol import VERSION
from ...data.raster.stack import ANCILLARY, DAY, SERIES
from ...data.raster.statistics import Scaling, read_scaling
from ...learning.model_file import STANDARDISED, Card, Member, Model, write_model
from ...learning.model_types import BRITS_REFERENCE, CONVLSTM_REFERENCE, NETWORK
from ...learning.patch_batches import scaling_arrays
from ...learning.training_loop import to_arrays, to_tensors
from ...nets.brits import Brits
from ...nets.convlstm import ConvLstmReference
from ...nets.resnet import CompositionNet
from ...runtime.files import check_not_input, check_writable, fingerprint
from ...runtime.run import Result, Run
from ...runtime.versions import versions
from .params import WeightImport

MARKS = {  # a tensor that only this family has
    "composition": "shared_in_conv.weight",
    "crops": "convlstm.cell_list.0.conv.weight",
    "abundance": "model.rits_f.rnn_cell.weight_ih",
}
CROP_PATCH = 65  # cells: the side of the published images
WRAPPERS = ("model_state_dict", "state_dict", "model")


def import_weights(params: WeightImport, run: Run) -> Result:
    """Write a model with a member for each weight file; its answers are those of the reference's network.

    Inputs count as already standardised unless statistics are given; nodata enters as 0, as in the
    reference.
    """
    check_writable(params.model)
    check_not_input([params.model], params.input)
    states = [read_state(path) for path in params.input]
    families = {_family(state, params.family, path) for state, path in zip(states, params.input, strict=True)}
    if len(families) > 1:
        raise RegionwiseError(f"The files hold weights of {' and '.join(sorted(families))}.", "Import them apart.")
    reference = REFERENCES[families.pop()]
    if params.regions and reference.family != "composition":
        raise RegionwiseError(
            f"Experts of regions are of the family composition; '{params.input[0]}' is of {reference.family}.",
            "Leave Regions empty.",
        )
    inputs = reference.inputs(params)
    components = names_in(params.components)
    scaling = _scaling(params, [name for name, _ in inputs], run)
    regions = params.region_names() or ("",) * len(params.input)
    members, tensors, network = [], {}, None
    for number, (path, state, region) in enumerate(zip(params.input, states, regions, strict=True), 1):
        found = reference.network(state, inputs, components, path)
        if network is not None and found != network:
            raise RegionwiseError(f"'{path}' holds another network than '{params.input[0]}'.", "Import it on its own.")
        network = found
        kind = "within" if region else "global"
        name = f"within {region}" if region else f"global {number}"
        members.append(Member(name, kind, region=region, fold="" if region else Path(path).stem, type=reference.type))
        tensors[name] = {**to_arrays(reference.tensors(state)), **scaling_arrays(scaling)}
        run.channel.info(f"'{path}': {sum(t.numel() for t in state.values()):,} numbers, member '{name}'.")
    card = Card(
        family=reference.family,
        network=network or {},
        bands=[{"name": name, "sensor": sensor, "unit": ""} for name, sensor in inputs],
        components=components,
        members=members,
        crs="",
        cell_size=0.0,
        area=[],
        training={
            "imported from": [Path(path).name for path in params.input],
            "inputs": "scaled by statistics" if params.statistics else STANDARDISED,
        },
        scores=[],
        fingerprint=fingerprint(VERSION, params.to_json(), files=params.input),
        versions=versions(),
        regions=[region for region in regions if region],
        trees=reference.trees(inputs),
    )
    write_model(params.model, Model(card, tensors))
    return Result({"MODEL": params.model}, {"MEMBERS": float(len(members))})


def read_state(path: str) -> dict[str, Tensor]:
    """The tensors in a file that torch has saved, by name; no code in it is ever run.

    Raises
    ------
    RegionwiseError
        If the file cannot be read, or holds anything but plain tensors and numbers.
    """
    try:
        raw: Any = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as err:
        raise RegionwiseError(
            f"'{path}' holds more than plain tensors, and such files can run code; it was not opened.",
            "Ask its author for the state_dict alone.",
        ) from err
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as err:
        raise RegionwiseError(
            f"'{path}' is no weights file of torch ({err or type(err).__name__}).", "Choose a .pth, .pt or .ckpt file."
        ) from err
    for key in WRAPPERS:
        if isinstance(raw, dict) and isinstance(raw.get(key), dict):
            raw = raw[key]
    state = (
        {str(k).removeprefix("module."): v for k, v in raw.items() if isinstance(v, Tensor)}
        if isinstance(raw, dict)
        else {}
    )
    if not state:
        raise RegionwiseError(f"'{path}' holds no named tensors.", "Choose a file with a state_dict.")
    return state


def _family(state: dict[str, Tensor], family: str, path: str) -> str:
    """The family that the tensors of a file belong to."""
    found = next((name for name, mark in MARKS.items() if mark in state), "")
    if not found:
        raise RegionwiseError(
            f"'{path}' holds tensors of no known reference (the first is '{next(iter(state))}').",
            f"Choose weights of one of: {', '.join(REFERENCES)}.",
        )
    if family and family != found:
        raise RegionwiseError(f"'{path}' holds weights of the family '{found}', not '{family}'.", "Leave Family empty.")
    return found


def _arguments(state: dict[str, Tensor], path: str) -> dict[str, Any]:
    """The arguments of the network that `state` belongs to, read from its shapes."""

    def blocks(prefix: str) -> int:
        found = [re.match(rf"{prefix}\.(\d+)\.", name) for name in state]
        return 1 + max((int(m.group(1)) for m in found if m), default=-1)

    try:
        arguments: dict[str, Any] = {
            "day_channels": state["day_stem.conv_in.weight"].shape[1],
            "night_channels": state["night_stem.conv_in.weight"].shape[1]
            if "night_stem.conv_in.weight" in state
            else 0,
            "components": state["head_out.weight"].shape[0],
            "width": state["shared_in_conv.weight"].shape[0],
            "blocks": [blocks("day_stem.blocks"), blocks("night_stem.blocks"), blocks("shared_blocks")],
            "head": "dirichlet_one",
        }
        net = CompositionNet(**arguments)
        net.load_state_dict(to_tensors(to_arrays(state)))
    except (KeyError, RuntimeError, IndexError) as err:
        raise RegionwiseError(
            f"The tensors of '{path}' do not fit the composition network ({err}).", "The file seems incomplete."
        ) from err
    return arguments


def _check_sizes(path: str, *wanted: tuple[str, int, int]) -> None:
    """Raise `RegionwiseError` if a file (first number) has other inputs or outputs than are named (second number)."""
    for label, own, given in wanted:
        if own != given:
            raise RegionwiseError(
                f"'{path}' was trained with {own} {label}, {given} are named.",
                "Name them all, in the order of training.",
            )


def _scaling(params: WeightImport, names: list[str], run: Run) -> Scaling:
    """Mean and deviation of the bands as in the statistics file, or 0 and 1 without one."""
    if not params.statistics:
        run.channel.warning("No statistics: rasters must be standardised as the reference's were, before mapping.")
        count = len(names)
        return Scaling(tuple(names), np.zeros(count), np.ones(count), np.zeros(count, np.int64))
    known = read_scaling(params.statistics)
    missing = [name for name in names if name not in known.names]
    if missing:
        raise RegionwiseError(
            f"Statistics '{params.statistics}' have no band '{missing[0]}'; they have: {', '.join(known.names)}.",
            "Name the bands as the statistics do, or measure statistics of these bands.",
        )
    order = [known.names.index(name) for name in names]
    return Scaling(tuple(names), known.mean[order], known.std[order], known.count[order])


Inputs = list[tuple[str, str]]  # name and sensor of each band


@dataclass(frozen=True)
class Reference:
    """A published system: how its weights become members of ours.

    Parameters
    ----------
    inputs : callable
        Returns what its network sees, from the parameters of the import.
    network : callable
        Returns what a card says of the network, from tensors, inputs and components; raises where they do not fit.
    tensors : callable
        Returns the tensors under our names.
    trees : callable
        Returns what a card says of the calendar, if bands are dated.
    """

    family: str
    type: str
    inputs: Callable[[WeightImport], Inputs]
    network: Callable[[dict[str, Tensor], Inputs, list[str], str], dict[str, Any]]
    tensors: Callable[[dict[str, Tensor]], dict[str, Tensor]]
    trees: Callable[[Inputs], dict[str, Any]]


def _sensors(params: WeightImport) -> Inputs:
    day, night = names_in(params.bands), names_in(params.night_bands)
    return [*((name, DAY) for name in day), *((name, "night") for name in night)]


def _composition(state: dict[str, Tensor], inputs: Inputs, components: list[str], path: str) -> dict[str, Any]:
    found = _arguments(state, path)
    day = sum(sensor == DAY for _, sensor in inputs)
    night = len(inputs) - day
    _check_sizes(
        path,
        ("day bands", found["day_channels"], day),
        ("night bands", found["night_channels"], night),
        ("components", found["components"], len(components)),
    )
    return {"arguments": found, "sensors": [day, *([night] if night else [])], "mask_channel": False}


def _series(params: WeightImport) -> Inputs:
    return [*((name, SERIES) for name in names_in(params.bands)), *((n, ANCILLARY) for n in names_in(params.ancillary))]


def _abundance(state: dict[str, Tensor], inputs: Inputs, components: list[str], path: str) -> dict[str, Any]:
    """The card's description of a published BRITS."""
    own = _unwrapped(state)
    bands = sum(sensor == SERIES for _, sensor in inputs)
    try:
        found = {
            "bands": own["rits_f.hist_reg.weight"].shape[0],
            "ancillary": own["rits_f.ancillery_embed.weight"].shape[1],
            "components": own["rits_f.out.weight"].shape[0],
            "width": own["rits_f.hist_reg.weight"].shape[1],
        }
        Brits(**found, reference=True).load_state_dict(own)
    except (KeyError, RuntimeError, IndexError) as err:
        raise RegionwiseError(
            f"The tensors of '{path}' do not fit the abundance network ({err}).", "The file seems incomplete."
        ) from err
    _check_sizes(
        path,
        ("bands", found["bands"], bands),
        ("ancillary bands", found["ancillary"], len(inputs) - bands),
        ("components", found["components"], len(components)),
    )
    return {BRITS_REFERENCE: found}


def _unwrapped(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix("model."): tensor for name, tensor in state.items()}


def _months(inputs: Inputs) -> dict[str, Any]:
    """The calendar of the published abundance model: the first day of each month of a year."""
    days = [date(2001, month, 1).timetuple().tm_yday for month in range(1, 13)]
    bands, ancillary = ([name for name, own in inputs if own == sensor] for sensor in (SERIES, ANCILLARY))
    return {"bands": bands, "ancillary": ancillary, "calendar": days, "phase": 0}


def _crops(state: dict[str, Tensor], inputs: Inputs, components: list[str], path: str) -> dict[str, Any]:
    """The card's description of a published ConvLSTM."""
    try:
        width = state["convlstm.cell_list.0.conv.weight"].shape[0] // 4
        found = {
            "bands": state["convlstm.cell_list.0.conv.weight"].shape[1] - width,
            "components": state["fc.weight"].shape[0],
            "width": width,
            "patch": CROP_PATCH,
        }
        ConvLstmReference(**found).load_state_dict(state)
    except (KeyError, RuntimeError, IndexError) as err:
        raise RegionwiseError(
            f"The tensors of '{path}' do not fit the crops network ({err}).", "The file seems incomplete."
        ) from err
    _check_sizes(path, ("bands", found["bands"], len(inputs)), ("classes", found["components"], len(components)))
    return {CONVLSTM_REFERENCE: found}


def _dated(params: WeightImport) -> Inputs:
    return [(name, SERIES) for name in names_in(params.bands)]


def _any_season(inputs: Inputs) -> dict[str, Any]:
    """A calendar that every series of about a year or less fits: the published network knows order only."""
    return {"bands": [name for name, _ in inputs], "ancillary": [], "calendar": [1, 365], "phase": 0}


REFERENCES = {
    "composition": Reference("composition", NETWORK, _sensors, _composition, dict, lambda inputs: {}),
    "abundance": Reference("abundance", BRITS_REFERENCE, _series, _abundance, _unwrapped, _months),
    "crops": Reference("crops", CONVLSTM_REFERENCE, _dated, _crops, dict, _any_season),
}
