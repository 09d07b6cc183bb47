"""Everything that training changes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from ..errors import WorkerError
from .layout import AdapterLayout
from .random import Random

_serials = itertools.count(1)


@dataclass(frozen=True)
class Parameters:
    """A float32 vector in the adapter's layout. Never written in place; the serial names it for caches."""

    vector: Tensor
    is_base: bool
    """Every B is zero, so that these are the base model's weights."""
    serial: int = field(default_factory=lambda: next(_serials))

    @property
    def key(self) -> int:
        """Equal for equal weights; 0 is the base."""
        return 0 if self.is_base else self.serial


@dataclass(frozen=True)
class AdapterState:
    """An operation builds new vectors and swaps them in when it has succeeded, so a failure changes nothing."""

    parameters: Parameters
    first_moment: Tensor
    second_moment: Tensor
    revision: int
    shadows: Mapping[str, Parameters]


def parameters_of(layout: AdapterLayout, vector: Tensor) -> Parameters:
    zero = all(
        not bool(vector[tensor.offset : tensor.offset + tensor.size].any())
        for tensor in layout.tensors
        if tensor.part == "B"
    )
    return Parameters(vector, zero)


def with_parameters(layout: AdapterLayout, vector: Tensor) -> AdapterState:
    """An adapter with given parameters and an empty optimiser."""
    zeros = torch.zeros_like(vector)
    return AdapterState(parameters_of(layout, vector), zeros, zeros, 0, {})


def fresh_state(layout: AdapterLayout, seed: int, device: torch.device) -> AdapterState:
    """A uniform in +-1/sqrt(in) as PEFT makes it (Kaiming with a = sqrt(5)), B zero; the pocket backend's numbers."""
    random = Random(seed)
    vector = np.zeros(layout.size, dtype=np.float32)
    wanted = [tensor for tensor in layout.tensors if tensor.part == "A"]
    numbers = random.uniforms(sum(tensor.size for tensor in wanted))
    at = 0
    for tensor in wanted:
        bound = 1 / np.sqrt(np.float64(tensor.shape[1]))
        vector[tensor.offset : tensor.offset + tensor.size] = bound * (2 * numbers[at : at + tensor.size] - 1)
        at += tensor.size
    return with_parameters(layout, torch.from_numpy(vector).to(device))


def blend(layout: AdapterLayout, state: AdapterState, name: str, rate: float) -> AdapterState:
    """shadow := (1 - rate) shadow + rate parameters; a missing shadow is zero."""
    if not 0 <= rate <= 1:
        raise WorkerError("Unsupported", f"The shadow's rate is {rate}. Give a number from 0 to 1.")
    now = state.parameters.vector
    before = state.shadows[name].vector if name in state.shadows else torch.zeros_like(now)
    wide = torch.float32 if now.device.type == "mps" else torch.float64
    mixed = ((1 - rate) * before.to(wide) + rate * now.to(wide)).to(torch.float32)
    return replace(state, shadows={**state.shadows, name: parameters_of(layout, mixed)})
