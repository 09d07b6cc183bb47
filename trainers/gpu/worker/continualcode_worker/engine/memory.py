"""Memory of the device: what is left, and what to do when it runs out."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TypeVar

import torch

from ..devices import is_out_of_memory
from ..errors import WorkerError
from ..host import host_memory
from ..model.config import ModelConfig
from ..protocol.requests import LoraSpec

T = TypeVar("T")


def out_of_memory(what: str) -> WorkerError:
    return WorkerError(
        "OutOfMemory",
        f"The device's memory does not hold {what}, even in the smallest pieces; nothing was changed. "
        "Close other programs on the device, set a smaller context_length, quantise the model (int8 or int4), "
        "or choose a smaller one.",
    )


def share_of(limit: int | None, total: int) -> float:
    """A limit in bytes as a share of what there is, never more than all of it."""
    return 1.0 if limit is None else min(1.0, limit / total)


class Memory:
    """One device's memory, with the limit that the person has set. CUDA and MPS refuse what goes beyond it, as if the
    device had no more; on the CPU it only plans."""

    def __init__(self, device: torch.device, limit: int | None) -> None:
        self._device = device
        self._limit = limit
        if device.type == "cuda":
            torch.cuda.set_per_process_memory_fraction(share_of(limit, self.total()), device)
        elif device.type == "mps" and limit is not None:
            torch.mps.set_per_process_memory_fraction(share_of(limit, torch.mps.recommended_max_memory()))
        self.emptied: Callable[[], None] = lambda: None
        """Lets go of what is only kept for speed."""

    def total(self) -> int:
        if self._device.type == "cuda":
            return torch.cuda.get_device_properties(self._device).total_memory
        return host_memory().total

    def allocated(self) -> int:
        if self._device.type == "cuda":
            return torch.cuda.memory_allocated(self._device)
        return torch.mps.current_allocated_memory() if self._device.type == "mps" else 0

    def reserved(self) -> int:
        return torch.cuda.memory_reserved(self._device) if self._device.type == "cuda" else 0

    def peak(self) -> int:
        return torch.cuda.max_memory_allocated(self._device) if self._device.type == "cuda" else 0

    def reset_peak(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)

    def free(self) -> int:
        """Bytes that may still be taken: of the device, and under the limit."""
        if self._device.type == "cuda":
            outside, _ = torch.cuda.mem_get_info(self._device)
            free = outside + self.reserved() - self.allocated()
        elif self._device.type == "mps":
            free = torch.mps.recommended_max_memory() - self.allocated()
        else:
            free = host_memory().free
        return free if self._limit is None else min(free, self._limit - self.allocated())

    def empty(self) -> None:
        self.emptied()
        gc.collect()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        elif self._device.type == "mps":
            torch.mps.empty_cache()

    def shrinking(self, what: str, sizes: list[int], run: Callable[[int], T]) -> tuple[T, int]:
        """Runs with the first size; whenever memory runs out, lets go of what can be spared and tries the next. The
        result, and how often it was tried again."""
        for retries, size in enumerate(sizes):
            try:
                return run(size), retries
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            # Outside the handler, whose traceback would keep the activations alive.
            self.empty()
        raise out_of_memory(what)


def layer_bytes(config: ModelConfig, lora: LoraSpec, tokens: int, width: int, past: int = 0) -> int:
    """What one layer keeps for the way back, about: residuals, what LoRA reads, queries, keys, values, attention's
    output, gate and up; keys and values of `past` constant tokens before them, joined and repeated for each query's
    head."""
    reads = {
        "q_proj": config.hidden_size,
        "gate_proj": config.hidden_size,
        "down_proj": config.feed_forward_size,
    }
    inputs = sum(reads.get(target, 0) for target in lora.targets)
    attention = 3 * config.query_size + 4 * config.key_size
    own = tokens * (2 * config.hidden_size + inputs + attention + 2 * config.feed_forward_size)
    return width * (own + past * 2 * (config.key_size + config.query_size))


def checkpointed_layers(
    config: ModelConfig, lora: LoraSpec, tokens: int, width: int, free: int, mode: str, past: int = 0
) -> int:
    """How many layers must be computed again on the way back, so that the rest fits into three quarters of `free`."""
    if mode != "auto":
        return config.layers if mode == "always" else 0
    whole = layer_bytes(config, lora, tokens, width, past)
    thin = tokens * width * config.hidden_size
    room = int(0.75 * free) - whole - config.layers * thin
    kept = max(0, min(config.layers, room // max(1, whole - thin)))
    return config.layers - kept
