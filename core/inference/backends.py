"""Backends of inference: libraries that compute a trained network on windows of a map.

A backend takes the standardised inputs of one network as tensors (b, channel, h, w) and returns its
logits (b, component, h - 2 halo, w - 2 halo). Torch is always there and right by definition; the others
are faster on processors: ncnn convolves by Winograd's method in float32, OpenVINO has the widest choice
of bf16 kernels. Which one is fastest depends on the machine, so it is tried (`backend_choice`).
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import subprocess  # nosec B404
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ..contract.errors import RegionwiseError
from ..runtime.devices import out_of_memory, release_gpu

ALL_WINDOWS = 1 << 16  # at a time: more than there are
EXAMPLE = 40  # side of the window by which a network is traced, in cells


class Backend(Protocol):
    """One network, ready to compute."""

    def logits(self, inputs: Sequence[Tensor]) -> Tensor:
        """The network's logits for a batch of windows of one size."""


class TorchBackend:
    """The network itself; on a GPU and, if fast, in bf16."""

    def __init__(self, net: nn.Module, channels: Sequence[int], halo: int, *, fast: bool, device: str = "cpu") -> None:
        self._net = net.eval().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._fast, self._device = fast, torch.device(device)
        self._most = ALL_WINDOWS  # at a time

    @torch.inference_mode()
    def logits(self, inputs: Sequence[Tensor]) -> Tensor:
        """The logits, in as many batches as the memory of the device requires.

        Raises
        ------
        RegionwiseError
            If not even one window fits.
        """
        while True:
            try:
                batches = zip(*(torch.split(x, self._most) for x in inputs), strict=True)
                return torch.cat([self._batch(batch) for batch in batches])
            except RuntimeError as err:
                if not out_of_memory(err):
                    raise
                if min(self._most, len(inputs[0])) == 1:
                    raise RegionwiseError(
                        "The GPU has not enough free memory for one window of the map.",
                        "Close other programs that use it, or choose Device = cpu.",
                    ) from err
                self._most = (min(self._most, len(inputs[0])) + 1) // 2
                release_gpu(self._device)

    def _batch(self, inputs: Sequence[Tensor]) -> Tensor:
        ordered = [x.contiguous(memory_format=torch.channels_last) for x in inputs]
        # on a GPU, float32 is to be float32, and a map that goes on after a kill the same
        cudnn = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=self._fast)
        with cudnn, torch.autocast(self._device.type, torch.bfloat16, enabled=self._fast):
            return self._net.logits(*ordered).float()  # type: ignore[no-any-return]


class NcnnBackend:
    """ncnn, float32."""

    def __init__(self, net: nn.Module, channels: Sequence[int], halo: int) -> None:
        import ncnn

        self._ncnn = ncnn
        self._net = ncnn.Net()
        options = self._net.opt
        options.num_threads = torch.get_num_threads()
        options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
        options.use_bf16_storage = False
        self._memory = _ncnn_memory()
        options.blob_allocator, options.workspace_allocator = self._memory.blobs, self._memory.workspace
        # one of three sets of transformed weights, which take 2 to 7 times the memory of the plain ones
        options.use_winograd23_convolution = options.use_winograd63_convolution = False
        param, model = _for_ncnn(net, channels, halo)
        # from memory: on Windows ncnn opens no file in a folder with a letter outside ASCII
        if self._net.load_param_mem(param) or self._net.load_model(_ncnn_reader(model)):
            raise RuntimeError("ncnn cannot load what pnnx wrote")

    def logits(self, inputs: Sequence[Tensor]) -> Tensor:
        """The logits, window by window."""
        return torch.stack([self._window(window) for window in zip(*inputs, strict=True)])

    def _window(self, inputs: Sequence[Tensor]) -> Tensor:
        self._memory.prepare(inputs[0].shape[1] * inputs[0].shape[2])
        extractor = self._net.create_extractor()
        for number, x in enumerate(inputs):
            extractor.input(f"in{number}", self._ncnn.Mat(x.contiguous().numpy()).clone())
        status, logits = extractor.extract("out0")
        if status:
            raise RegionwiseError(f"ncnn could not compute a window (status {status}).", "Lower Memory, then rerun.")
        return torch.from_numpy(np.array(logits))


def _for_ncnn(net: nn.Module, channels: Sequence[int], halo: int) -> tuple[str, bytes]:
    """A network in ncnn's format: its layers, and its weights.

    The converter works in its own folder and gets names only, for it knows no path with a letter outside ASCII.
    """
    import pnnx

    side = EXAMPLE + 2 * halo  # one shape: given two, pnnx drops the crops of the residual blocks
    shapes = ",".join(f"[1,{n},{side},{side}]" for n in channels)
    graph = _traced(net, channels, halo).save_to_buffer()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "net.pt").write_bytes(graph)
        process = subprocess.run(  # nosec B603
            [pnnx.EXEC_PATH, "net.pt", f"inputshape={shapes}", "fp16=0"],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        param, model = Path(folder, "net.ncnn.param"), Path(folder, "net.ncnn.bin")
        if not model.exists():
            raise RuntimeError(f"pnnx: {process.stderr.strip()[-200:] or 'no output'}")
        return param.read_text(encoding="utf-8"), model.read_bytes()


def _ncnn_reader(content: bytes) -> Any:
    """A reader of `content` for ncnn, which wants the next bytes in memory of its own."""
    import ncnn

    address = ctypes.pythonapi.PyCapsule_GetPointer
    address.restype, address.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)

    class Reader(ncnn.DataReader):  # type: ignore[misc]
        """The bytes that follow."""

        def __init__(self) -> None:
            super().__init__()
            self._stream = io.BytesIO(content)

        def read(self, buffer: Any, size: int) -> int:
            """Put the next bytes into `buffer`; return their number."""
            chunk = self._stream.read(size)
            ctypes.memmove(address(buffer, None), chunk, len(chunk))
            return len(chunk)

    return Reader()


class _NcnnMemory:
    """The memory that all networks of ncnn share: each would else keep that of its largest windows.

    Memory is used again for windows of about the same size, and given back before others.
    """

    def __init__(self) -> None:
        import ncnn

        self.blobs, self.workspace = ncnn.PoolAllocator(), ncnn.PoolAllocator()
        self._cells = 0

    def prepare(self, cells: int) -> None:
        """Free the memory if it does not fit a window of so many cells."""
        if not self._cells / 2 <= cells <= self._cells:
            self.blobs.clear()
            self.workspace.clear()
            self._cells = cells


_ncnn_memory = cache(_NcnnMemory)


def release_memory() -> None:
    """Release the memory that libraries keep but do not use, after a trial or a tile."""
    if _ncnn_memory.cache_info().currsize:
        _ncnn_memory().prepare(0)
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another libc than GNU's
            ctypes.CDLL(None).malloc_trim(0)


class OpenVinoBackend:
    """OpenVINO, float32 or bf16; one compiled network for windows of any size."""

    def __init__(self, net: nn.Module, channels: Sequence[int], halo: int, *, fast: bool) -> None:
        openvino = _openvino()
        graph = openvino.convert_model(_traced(net, channels, halo), example_input=_examples(channels, halo))
        graph.reshape({number: [1, count, -1, -1] for number, count in enumerate(channels)})
        options = {
            "INFERENCE_PRECISION_HINT": "bf16" if fast else "f32",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "ENABLE_CPU_PINNING": False,  # else all processes on a machine take the same core
            "PERFORMANCE_HINT": "LATENCY",
            "CPU_RUNTIME_CACHE_CAPACITY": "100",  # of kernels for windows of different shapes, which hold memory
        }
        self._request = openvino.Core().compile_model(graph, "CPU", options).create_infer_request()

    def logits(self, inputs: Sequence[Tensor]) -> Tensor:
        """The logits, window by window."""
        windows = zip(*inputs, strict=True)
        return torch.from_numpy(np.concatenate([self._request.infer([x[None].numpy() for x in w])[0] for w in windows]))


BackendFactory = Callable[[nn.Module, Sequence[int], int], Backend]  # of a network, its channels per input, its halo


def maker(name: str, *, fast: bool, device: str = "cpu") -> BackendFactory:
    """The factory of the backend called `name`."""
    if name == "torch":
        return lambda net, channels, halo: TorchBackend(net, channels, halo, fast=fast, device=device)
    if name == "openvino":
        return lambda net, channels, halo: OpenVinoBackend(net, channels, halo, fast=fast)
    return NcnnBackend


def _openvino() -> Any:
    """The module, imported so that it cannot send usage statistics without consent."""
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    import openvino

    return openvino


class _Traceable(nn.Module):
    """A network whose call is its logits."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, *inputs: Tensor) -> Tensor:
        """The logits of one tensor per sensor."""
        return self.net.logits(*inputs)  # type: ignore[no-any-return, operator]


def _traced(net: nn.Module, channels: Sequence[int], halo: int) -> Any:
    """The graph of a network, in the format that other libraries read."""
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # that tracing will be replaced some day
        return torch.jit.trace(_Traceable(net.eval().cpu()), _examples(channels, halo), check_trace=False)  # type: ignore[no-untyped-call]


def _examples(channels: Sequence[int], halo: int) -> tuple[Tensor, ...]:
    return tuple(torch.zeros(1, n, EXAMPLE + 2 * halo, EXAMPLE + 2 * halo) for n in channels)
