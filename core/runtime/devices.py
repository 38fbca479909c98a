"""The choice of the device that computes, with its reason."""

from __future__ import annotations

import torch

from ..contract.errors import RegionwiseError
from .device_agreement import LIMITS, disagreement

CUDA, APPLE = "cuda", "mps"  # as torch calls them


def choose_device(wanted: str, default: str) -> tuple[torch.device, str]:
    """The device for `wanted` (``default`` means the provider's setting) and a line saying why.

    A GPU is taken only after it has been tried; ``auto`` takes CUDA, else Apple's GPU, else the CPU.

    Raises
    ------
    RegionwiseError
        If a kind of GPU was demanded and does not work.
    """
    name = default if wanted == "default" else wanted
    processor = f"Device: CPU ({torch.get_num_threads()} threads)"
    if name == "cpu":
        return torch.device("cpu"), f"{processor}, as chosen."
    kind, trouble = find_gpu((name,) if name != "auto" else (CUDA, APPLE))
    if kind:
        return torch.device(kind), _describe(kind)
    if name != "auto":
        raise RegionwiseError(f"The GPU cannot be used: {trouble}.", "Choose Device = auto or cpu.")
    return torch.device("cpu"), f"{processor}; no GPU: {trouble}."


def find_gpu(kinds: tuple[str, ...] = (CUDA, APPLE)) -> tuple[str, str]:
    """The first of `kinds` that works here, or an empty text and why none does."""
    troubles = {}
    for kind in kinds:
        troubles[kind] = try_gpu(kind)
        if not troubles[kind]:
            return kind, ""
    # that a build for Apple has no CUDA is no reason that helps anybody
    return "", troubles[APPLE if APPLE in kinds and torch.backends.mps.is_built() else kinds[0]]


def try_gpu(kind: str) -> str:
    """Why a kind of GPU does not work here, or an empty text."""
    return try_cuda() if kind == CUDA else try_apple()


def _describe(kind: str) -> str:
    if kind == CUDA:
        return f"Device: {torch.cuda.get_device_name()} (a test kernel ran)."
    return "Device: Apple's GPU (a small network answered there as on the processor)."


def out_of_memory(error: RuntimeError) -> bool:
    """Whether a GPU has not enough memory; Apple's has no class of error for that."""
    return isinstance(error, torch.OutOfMemoryError) or "MPS backend out of memory" in str(error)


def release_gpu(device: torch.device) -> None:
    """Release the memory of a GPU that torch caches but does not use."""
    if device.type == CUDA:
        torch.cuda.empty_cache()
    elif device.type == APPLE:
        torch.mps.empty_cache()


def flush_denormals() -> None:
    """Let the processor take numbers below 1e-38 for 0; call it before torch starts its threads.

    They cost 100 times as much as normal numbers, and training is full of them: measured 4 times faster steps.
    """
    torch.set_flush_denormal(True)


def try_cuda() -> str:
    """Why CUDA does not work here, or an empty text after a kernel gave the right answer."""
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


def try_apple() -> str:
    """Why Apple's GPU is not used here, or an empty text if it answers as the processor does.

    It may differ as much as computing in bf16 may.
    """
    if not torch.backends.mps.is_built():
        return "this build of torch knows no GPU of Apple"
    if not torch.backends.mps.is_available():
        return "no GPU of Apple found, or macOS is too old for it"
    try:
        most, mean = disagreement(APPLE)
    except (RuntimeError, TypeError) as err:  # an operation that it lacks, a type of number that it does not know
        return f"Apple's GPU cannot compute our networks ({(str(err) or repr(err)).splitlines()[0][:200]})"
    limit, limit_of_mean = LIMITS[True]
    if most <= limit and mean <= limit_of_mean:
        return ""
    return (
        f"Apple's GPU changes shares by {most:.2g} at most, {mean:.2g} on average "
        f"(at most {limit:g}, on average {limit_of_mean:g} are allowed)"
    )
