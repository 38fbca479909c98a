"""Devices: where networks are computed; torch is imported only where there are any."""

from __future__ import annotations

from collections.abc import Iterable

from ..learning.model_types import with_torch
from ..runtime.engine import require_torch
from ..runtime.executor import Executor
from ..runtime.run import Run


def device_for(types: Iterable[str], wanted: str, executor: Executor, run: Run) -> str:
    """The device for models of these types, by the name that torch knows it by.

    Parameters
    ----------
    wanted : str
        One of `params.DEVICES`.

    Raises
    ------
    RegionwiseError
        If one of them needs torch and this engine has none.
    """
    networks = with_torch(types)
    if not networks:
        return "cpu"
    require_torch(networks)
    from ..runtime.devices import flush_denormals

    flush_denormals()
    device, line = executor.device(wanted)
    (run.channel.detail if device == "cpu" else run.channel.info)(line)
    return device
