"""Rotary position embedding (Su et al. 2021), halves convention."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx

from .config import ModelConfig


class RopeTable(NamedTuple):
    """Cosines and sines [positions, head size / 2]."""

    cos: Tensor
    sin: Tensor

    def rows(self, start: int, end: int) -> RopeTable:
        return RopeTable(self.cos[start:end, None], self.sin[start:end, None])


def _frequencies(config: ModelConfig) -> Tensor:
    half = config.head_size // 2
    exponents = torch.arange(half, dtype=torch.float64) * 2 / config.head_size
    frequencies = 1.0 / config.rope_theta**exponents
    scaling = config.rope_scaling
    if scaling is None:
        return frequencies
    # Llama 3.1: long waves are stretched by the factor, short ones kept, those between blended.
    wavelengths = 2 * math.pi / frequencies
    low, high = scaling.original_length / scaling.low_factor, scaling.original_length / scaling.high_factor
    share = (scaling.original_length / wavelengths - scaling.low_factor) / (scaling.high_factor - scaling.low_factor)
    blended = (1 - share) * frequencies / scaling.factor + share * frequencies
    stretched = torch.where(wavelengths > low, frequencies / scaling.factor, blended)
    return torch.where(wavelengths < high, frequencies, stretched)


def rope_table(config: ModelConfig, length: int, dtype: torch.dtype, device: torch.device) -> RopeTable:
    """The first `length` positions, in float32, or float64 for a float64 model."""
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    positions = torch.arange(length, dtype=wide)
    angles = positions[:, None] * _frequencies(config).to(wide)
    return RopeTable(angles.cos().to(device), angles.sin().to(device))


def _turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1).to(x.dtype)


class _Rotate(torch.autograd.Function):
    """Its derivative turns backwards, so no activation is kept."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:  # type: ignore[override]
        ctx.save_for_backward(cos, sin)
        return _turn(x, cos, sin)

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        cos, sin = ctx.saved_tensors  # type: ignore[attr-defined]
        return _turn(gradient, cos, -sin), None, None


def rotate(x: Tensor, table: RopeTable) -> Tensor:
    """x [S, heads, head size] at the table's rows."""
    if not x.requires_grad:
        return _turn(x, table.cos, table.sin)
    result = _Rotate.apply(x, table.cos, table.sin)  # type: ignore[no-untyped-call]
    assert isinstance(result, Tensor)
    return result
