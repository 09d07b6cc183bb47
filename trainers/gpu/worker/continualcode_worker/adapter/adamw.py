"""AdamW (Loshchilov & Hutter 2019) on the flat vector."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor
from torch.optim.adamw import adamw as fused_adamw

from ..errors import WorkerError
from ..protocol.requests import OptimizerOptions
from .layout import AdapterLayout
from .state import AdapterState, parameters_of


class AdamWResult(NamedTuple):
    state: AdapterState
    gradient_norm: float
    """Before clipping."""
    update_norm: float


def wide_dtype(device: torch.device) -> torch.dtype:
    """What sums are computed in. MPS has no float64."""
    return torch.float32 if device.type == "mps" else torch.float64


def norm(vector: Tensor) -> float:
    """Euclidean norm, summed in float64 where the device has it."""
    return float(torch.linalg.vector_norm(vector, dtype=wide_dtype(vector.device)))


def adamw(layout: AdapterLayout, state: AdapterState, gradient: Tensor, options: OptimizerOptions) -> AdamWResult:
    """One step with bias correction, decoupled decay and a bound on the global gradient norm.

    theta := theta (1 - lr wd) - lr m / (1 - b1^t) / (sqrt(v) / sqrt(1 - b2^t) + eps), in float32, in one pass of
    torch's fused kernel, which CUDA, MPS and the CPU have. Returns a new state; fails with NonFinite when the gradient
    or the result is not finite, and changes nothing then.
    """
    gradient_norm = norm(gradient)
    if not math.isfinite(gradient_norm):
        raise WorkerError(
            "NonFinite",
            "The gradient is not finite, so the adapter was left as it was. "
            "Lower the learning rate or undo the last step.",
        )
    before = state.parameters.vector
    # The kernel writes in place, so into copies; the gradient it only reads.
    vector, first, second = before.clone(), state.first_moment.clone(), state.second_moment.clone()
    bounded = gradient.to(before.dtype)
    if gradient_norm > options.max_gradient_norm:
        bounded = bounded * (options.max_gradient_norm / gradient_norm)
    fused_adamw(
        [vector],
        [bounded],
        [first],
        [second],
        [],
        [torch.tensor(float(state.revision), device=before.device)],
        fused=True,
        amsgrad=False,
        beta1=options.beta1,
        beta2=options.beta2,
        lr=options.learning_rate,
        weight_decay=options.weight_decay,
        eps=options.epsilon,
        maximize=False,
    )
    update_norm = norm(vector - before)
    if not math.isfinite(update_norm) or not math.isfinite(norm(second)) or not math.isfinite(norm(first)):
        raise WorkerError(
            "NonFinite", "The update is not finite, so the adapter was left as it was. Lower the learning rate."
        )
    after_state = replace(
        state,
        parameters=parameters_of(layout, vector),
        first_moment=first,
        second_moment=second,
        revision=state.revision + 1,
    )
    return AdamWResult(after_state, gradient_norm, update_norm)
