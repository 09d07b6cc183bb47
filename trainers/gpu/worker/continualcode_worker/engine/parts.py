"""What the operations share: the model, its adapter's packed form, caches and memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from ..adapter.layout import AdapterLayout
from ..adapter.packed import Packed, Packing
from ..adapter.state import AdapterState, Parameters
from ..model.cache import RunCache
from ..model.config import ModelConfig
from ..model.decoder import Decoder
from ..protocol.requests import Weights
from .ids import IdRules
from .known import KnownRows
from .memory import Memory

PIECES = [4096, 1024, 256, 64]
"""Tokens computed at once without a gradient: the first size that fits."""
ROWS = 128
"""Rows of logits computed at once."""


@dataclass
class Parts:
    config: ModelConfig
    layout: AdapterLayout
    packing: Packing
    decoder: Decoder
    cache: RunCache
    known: KnownRows
    memory: Memory
    rules: IdRules
    stop_ids: frozenset[int]
    packed: dict[int, Packed] = field(default_factory=dict)

    @property
    def device(self) -> torch.device:
        return self.decoder.device

    def synchronize(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        elif self.device.type == "mps":
            torch.mps.synchronize()

    def now(self) -> float:
        """Seconds, after everything asked for so far has been computed."""
        self.synchronize()
        return time.perf_counter()

    def adapter(self, parameters: Parameters | None) -> Packed | None:
        """What the decoder runs with; None for the base."""
        if parameters is None or parameters.is_base:
            return None
        found = self.packed.get(parameters.key)
        if found is None:
            found = self.packing.empty(self.decoder.dtype, self.device)
            self.packing.write(found, parameters.vector)
            self.packed[parameters.key] = found
        return found

    def keep(self, state: AdapterState) -> None:
        """Forgets what was computed under weights that are gone."""
        keys = {0, state.parameters.key, *(shadow.key for shadow in state.shadows.values())}
        self.cache.keep(keys)
        self.known.keep(keys)
        self.packed = {key: packed for key, packed in self.packed.items() if key in keys}

    def let_go(self) -> None:
        self.cache.clear()
        self.known.clear()


def parameters_for(state: AdapterState, weights: Weights) -> Parameters | None:
    """The adapter that `weights` means; None is the base. A shadow that was never blended is zero, which is the
    base."""
    if weights.tag == "Base":
        return None
    return state.parameters if weights.tag == "Current" else state.shadows.get(weights.name)


def key_of(parameters: Parameters | None) -> int:
    return 0 if parameters is None else parameters.key


class Prefilled(NamedTuple):
    hidden: Tensor
    reused: int
    computed: int
