"""AdamW (Loshchilov & Hutter 2019) on the flat vector."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import WorkerError
from ..protocol.requests import OptimizerOptions
from .layout import AdapterLayout
from .state import AdapterState, parameters_of

PIECE = 2**22
"""Numbers handled at once in float64, which bounds what a step needs beside its result."""


class AdamWResult(NamedTuple):
    state: AdapterState
    gradient_norm: float
    """Before clipping."""
    update_norm: float


def wide_dtype(device: torch.device) -> torch.dtype:
    """What sums and moments are computed in. MPS has no float64."""
    return torch.float32 if device.type == "mps" else torch.float64


def norm(vector: Tensor) -> float:
    """Euclidean norm, summed in float64 where the device has it."""
    return float(torch.linalg.vector_norm(vector, dtype=wide_dtype(vector.device)))


def adamw(layout: AdapterLayout, state: AdapterState, gradient: Tensor, options: OptimizerOptions) -> AdamWResult:
    """One step with bias correction, decoupled decay and a bound on the global gradient norm.

    theta := theta (1 - lr wd) - lr m / (1 - b1^t) / (sqrt(v) / sqrt(1 - b2^t) + eps), all in float64, stored in
    float32. Returns a new state; fails with NonFinite when the gradient or the result is not finite, and changes
    nothing then.
    """
    gradient_norm = norm(gradient)
    if not math.isfinite(gradient_norm):
        raise WorkerError(
            "NonFinite",
            "The gradient is not finite, so the adapter was left as it was. "
            "Lower the learning rate or undo the last step.",
        )
    scale = options.max_gradient_norm / gradient_norm if gradient_norm > options.max_gradient_norm else 1.0
    revision = state.revision + 1
    correction1 = 1 - options.beta1**revision
    correction2 = math.sqrt(max(0.0, 1 - options.beta2**revision)) if math.isfinite(options.beta2) else math.nan
    wide = wide_dtype(gradient.device)
    before = state.parameters.vector
    vector, first, second = (torch.empty_like(before) for _ in range(3))
    moved = torch.zeros((), dtype=wide, device=gradient.device)
    for start in range(0, layout.size, PIECE):
        part = slice(start, min(start + PIECE, layout.size))
        g = gradient[part].to(wide) * scale
        m = options.beta1 * state.first_moment[part].to(wide) + (1 - options.beta1) * g
        v = options.beta2 * state.second_moment[part].to(wide) + (1 - options.beta2) * g * g
        first[part], second[part] = m, v
        step = m / correction1 / (v.sqrt() / correction2 + options.epsilon)
        old = before[part].to(wide)
        after = (old * (1 - options.learning_rate * options.weight_decay) - options.learning_rate * step).to(
            before.dtype
        )
        vector[part] = after
        moved += (after.to(wide) - old).square().sum()
    update_norm = math.sqrt(float(moved)) if float(moved) >= 0 else math.nan
    if not math.isfinite(update_norm) or not math.isfinite(norm(second)) or not math.isfinite(norm(first)):
        raise WorkerError(
            "NonFinite", "The update is not finite, so the adapter was left as it was. Lower the learning rate."
        )
    after_state = replace(
        state,
        parameters=parameters_of(layout, vector),
        first_moment=first,
        second_moment=second,
        revision=revision,
    )
    return AdamWResult(after_state, gradient_norm, update_norm)
