"""The devices of this machine."""

from __future__ import annotations

import re
import sys
import warnings
from pathlib import Path
from typing import Any

import torch

from .errors import WorkerError
from .host import host_memory

NVIDIA_VERSION = Path("/proc/driver/nvidia/version")


def _cuda_problem() -> str | None:
    """Why CUDA cannot be used although there is an NVIDIA driver; None where it can, or where there is none."""
    if not NVIDIA_VERSION.exists() or torch.version.hip is not None:
        return None
    if torch.version.cuda is None:
        return f"torch {torch.__version__} was built without CUDA"
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        if torch.cuda.is_available():
            return None
    return "; ".join(str(warning.message) for warning in found) or "the driver finds no usable device"


def _mps_problem() -> str | None:
    """Why MPS cannot be used on an Apple machine; None where it can, or on another machine."""
    if sys.platform != "darwin" or torch.backends.mps.is_available():
        return None
    if not torch.backends.mps.is_built():
        return f"torch {torch.__version__} was built without MPS"
    return "MPS needs an Apple GPU and macOS 14 or newer"


def _driver() -> str | None:
    try:
        found = re.search(r"Kernel Module\S*(?:\s+for\s+\S+)?\s+(\d+[.\d]*)", NVIDIA_VERSION.read_text())
    except OSError:
        return None
    return found.group(1) if found else None


def describe(device: torch.device) -> dict[str, Any]:
    """A device in the protocol's words."""
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        free, total = torch.cuda.mem_get_info(device)
        return {
            "device": f"cuda:{device.index or 0}",
            "name": properties.name,
            "totalBytes": total,
            "freeBytes": free,
            "capability": f"{properties.major}.{properties.minor}",
            "bfloat16": torch.cuda.is_bf16_supported(including_emulation=False),
        }
    total, free = host_memory()
    if device.type == "mps":
        free = torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
        return {
            "device": "mps",
            "name": "Apple GPU",
            "totalBytes": total,
            "freeBytes": free,
            "capability": "",
            "bfloat16": True,
        }
    return {
        "device": "cpu",
        "name": "CPU",
        "totalBytes": total,
        "freeBytes": free,
        "capability": torch.backends.cpu.get_cpu_capability(),
        "bfloat16": False,
    }


def probe() -> dict[str, Any]:
    devices = [torch.device("cuda", index) for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append(torch.device("mps"))
    devices.append(torch.device("cpu"))
    return {
        "torch": torch.__version__,
        "devices": [describe(device) for device in devices],
        "driver": _driver(),
        "problem": _cuda_problem() or _mps_problem(),
    }


NO_MEMORY = ("out of memory", "can't allocate memory", "status_alloc_failed")
"""What the allocators of CUDA, MPS and the CPU, and CUDA's libraries, say."""


def _says_no_memory(error: BaseException) -> bool:
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in text for words in NO_MEMORY)


def is_out_of_memory(error: BaseException) -> bool:
    """Also where the failure of what came after, such as ending a capture, hides it."""
    seen: BaseException | None = error
    while seen is not None:
        if _says_no_memory(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def choose(name: str) -> torch.device:
    """The device that `name` means: auto is cuda, then mps, then cpu."""
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == "auto":
        return torch.device("cuda", 0) if cuda else torch.device("mps" if mps else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise WorkerError("Unsupported", f"There is no device {name}. Choose auto, cuda, cuda:1, mps or cpu.") from None
    if device.type == "cpu" or (device.type == "mps" and mps):
        return device
    if device.type == "cuda" and cuda and (device.index or 0) < torch.cuda.device_count():
        return torch.device("cuda", device.index or 0)
    problem = {"cuda": _cuda_problem, "mps": _mps_problem}.get(device.type, lambda: None)()
    why = f" ({problem})" if problem else ""
    raise WorkerError("Unsupported", f"This machine has no {name} that can be used{why}. Choose auto or cpu.")


def dtype_for(name: str, device: torch.device) -> torch.dtype:
    if name == "auto":
        return torch.bfloat16 if device.type == "cuda" and torch.cuda.is_bf16_supported() else torch.float32
    return torch.bfloat16 if name == "bfloat16" else torch.float32


def set_up(device: torch.device, threads: int | None) -> None:
    """Equal requests give equal bits, on CUDA too."""
    if threads is not None:
        torch.set_num_threads(threads)
    if device.type == "cuda":
        torch.cuda.set_device(device)
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
        # Filling what is overwritten anyway would cost as much as writing it.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        warnings.filterwarnings("ignore", message=".*does not have a deterministic implementation.*")
