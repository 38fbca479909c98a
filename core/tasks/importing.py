"""Import weights: tensors that a reference system has published, as a model of ours."""

from __future__ import annotations

import pickle  # nosec B403
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..batches import scaling_arrays
from ..errors import RegionwiseError
from ..files import check_not_input, check_writable, fingerprint
from ..models import STANDARDISED, Card, Member, Model, write_model
from ..nets.composition import CompositionNet
from ..params_composition import names_in
from ..params_preparation import WeightImport
from ..protocol import VERSION
from ..run import Result, Run
from ..scaling import Scaling, read_scaling
from ..training import to_arrays, to_tensors
from ..versions import versions

MARKS = {  # a tensor that only this family has
    "composition": "shared_in_conv.weight",
    "crops": "convlstm.cell_list.0.conv.weight",
    "abundance": "model.rits_f.rnn_cell.weight_ih",
}
WRAPPERS = ("model_state_dict", "state_dict", "model")


def import_weights(params: WeightImport, run: Run) -> Result:
    """Write a model with a member for each weight file; its answers are those of the reference's network.

    Inputs count as already standardised unless statistics are given; nodata enters as 0, as in the
    reference.
    """
    check_writable(params.model)
    check_not_input([params.model], params.input)
    bands, night, components = (names_in(text) for text in (params.bands, params.night_bands, params.components))
    scaling = _scaling(params, [*bands, *night], run)
    regions = params.region_names() or ("",) * len(params.input)
    members, tensors, arguments = [], {}, None
    for number, (path, region) in enumerate(zip(params.input, regions, strict=True), 1):
        state = read_state(path)
        _check_family(state, params.family, path)
        found = _arguments(state, path)
        _check_sizes(found, len(bands), len(night), len(components), path)
        if arguments is not None and found != arguments:
            raise RegionwiseError(f"'{path}' holds another network than '{params.input[0]}'.", "Import it on its own.")
        arguments = found
        kind = "within" if region else "global"
        name = f"within {region}" if region else f"global {number}"
        members.append(Member(name, kind, region=region, fold="" if region else Path(path).stem))
        tensors[name] = {**to_arrays(state), **scaling_arrays(scaling)}
        run.channel.info(f"'{path}': {sum(t.numel() for t in state.values()):,} numbers, member '{name}'.")
    card = Card(
        family="composition",
        network={"arguments": arguments, "sensors": [len(bands), *([len(night)] if night else [])],
                 "mask_channel": False},
        bands=[{"name": name, "sensor": "day", "unit": ""} for name in bands]
        + [{"name": name, "sensor": "night", "unit": ""} for name in night],
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
    )  # fmt: skip
    write_model(params.model, Model(card, tensors))
    return Result({"MODEL": params.model}, {"MEMBERS": float(len(members))})


def read_state(path: str) -> dict[str, Tensor]:
    """Return the tensors in a file that torch has saved, by name; no code in it is ever run.

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


def _check_family(state: dict[str, Tensor], family: str, path: str) -> None:
    found = next((name for name, mark in MARKS.items() if mark in state), "")
    if found != "composition":
        what = f"weights of the family '{found}', which this version cannot import" if found else (
            f"tensors of no known reference (the first is '{next(iter(state))}')")  # fmt: skip
        raise RegionwiseError(f"'{path}' holds {what}.", "Choose weights of a composition network (DRLM).")
    if family and family != found:
        raise RegionwiseError(f"'{path}' holds weights of the family '{found}', not '{family}'.", "Leave Family empty.")


def _arguments(state: dict[str, Tensor], path: str) -> dict[str, Any]:
    """Return the arguments of the network that `state` belongs to, read from its shapes."""

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


def _check_sizes(arguments: dict[str, Any], day: int, night: int, components: int, path: str) -> None:
    for label, key, given in (
        ("day bands", "day_channels", day),
        ("night bands", "night_channels", night),
        ("components", "components", components),
    ):
        if arguments[key] != given:
            raise RegionwiseError(
                f"'{path}' was trained with {arguments[key]} {label}, {given} are named.",
                "Name them all, in the order of training.",
            )


def _scaling(params: WeightImport, names: list[str], run: Run) -> Scaling:
    """Return mean and deviation of the bands as in the statistics file, or 0 and 1 without one."""
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
