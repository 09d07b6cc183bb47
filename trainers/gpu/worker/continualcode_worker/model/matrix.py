"""Frozen matrices [out, in]: dense, or weight-only quantised in a small form of our own.

int8: one scale per row, symmetric. int4: one scale and one lowest value per row and group of 64 inputs, two numbers
in a byte. Both are turned into the computing dtype when used, forwards and backwards, and never kept so: they save
memory, not time.
"""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx

GROUP = 64


class Matrix(Protocol):
    @property
    def shape(self) -> tuple[int, int]: ...

    @property
    def bytes(self) -> int: ...

    def dense(self) -> Tensor:
        """The matrix in the computing dtype."""
        ...

    def write(self, start: int, rows: Tensor) -> None:
        """Sets the rows from `start`."""
        ...


class Dense:
    def __init__(self, rows: int, columns: int, dtype: torch.dtype, device: torch.device) -> None:
        self.weight = torch.empty(rows, columns, dtype=dtype, device=device)

    @property
    def shape(self) -> tuple[int, int]:
        return self.weight.shape[0], self.weight.shape[1]

    @property
    def bytes(self) -> int:
        return self.weight.nbytes

    def dense(self) -> Tensor:
        return self.weight

    def write(self, start: int, rows: Tensor) -> None:
        self.weight[start : start + rows.shape[0]].copy_(rows)


class Int8:
    def __init__(self, rows: int, columns: int, dtype: torch.dtype, device: torch.device) -> None:
        self.numbers = torch.zeros(rows, columns, dtype=torch.int8, device=device)
        self.scales = torch.zeros(rows, 1, dtype=dtype, device=device)

    @property
    def shape(self) -> tuple[int, int]:
        return self.numbers.shape[0], self.numbers.shape[1]

    @property
    def bytes(self) -> int:
        return self.numbers.nbytes + self.scales.nbytes

    def dense(self) -> Tensor:
        return self.numbers.to(self.scales.dtype) * self.scales

    def write(self, start: int, rows: Tensor) -> None:
        part = slice(start, start + rows.shape[0])
        scales = (rows.float().abs().amax(1, keepdim=True) / 127).clamp_min(1e-12).to(self.scales.dtype)
        self.scales[part] = scales
        self.numbers[part] = (rows.float() / scales.float()).round().clamp(-127, 127).to(torch.int8)


class Int4:
    def __init__(self, rows: int, columns: int, dtype: torch.dtype, device: torch.device) -> None:
        groups = -(-columns // GROUP)
        self._columns = columns
        self.numbers = torch.zeros(rows, groups, GROUP // 2, dtype=torch.uint8, device=device)
        self.scales = torch.zeros(rows, groups, 1, dtype=dtype, device=device)
        self.lowest = torch.zeros(rows, groups, 1, dtype=dtype, device=device)

    @property
    def shape(self) -> tuple[int, int]:
        return self.numbers.shape[0], self._columns

    @property
    def bytes(self) -> int:
        return self.numbers.nbytes + self.scales.nbytes + self.lowest.nbytes

    def dense(self) -> Tensor:
        both = torch.stack((self.numbers & 15, self.numbers >> 4), dim=-1).flatten(-2)
        wide = both.to(self.scales.dtype) * self.scales + self.lowest
        return wide.flatten(1)[:, : self._columns]

    def write(self, start: int, rows: Tensor) -> None:
        part = slice(start, start + rows.shape[0])
        groups = self.scales.shape[1]
        padded = F.pad(rows.float(), (0, groups * GROUP - self._columns)).view(-1, groups, GROUP)
        low, high = padded.amin(-1, keepdim=True), padded.amax(-1, keepdim=True)
        scales = ((high - low) / 15).clamp_min(1e-12).to(self.scales.dtype)
        lowest = low.to(self.lowest.dtype)
        numbers = ((padded - lowest.float()) / scales.float()).round().clamp(0, 15).to(torch.uint8)
        self.scales[part], self.lowest[part] = scales, lowest
        self.numbers[part] = numbers[..., 0::2] | (numbers[..., 1::2] << 4)


def new_matrix(kind: str, rows: int, columns: int, dtype: torch.dtype, device: torch.device) -> Matrix:
    if kind == "int8":
        return Int8(rows, columns, dtype, device)
    if kind == "int4":
        return Int4(rows, columns, dtype, device)
    return Dense(rows, columns, dtype, device)


class _Frozen(torch.autograd.Function):
    """x W^T with a frozen W: keeps no activation, and no dense copy of a quantised W."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, matrix: Matrix, bias: Tensor | None) -> Tensor:  # type: ignore[override]
        ctx.matrix = matrix  # type: ignore[attr-defined]
        return F.linear(x, matrix.dense(), bias)

    @staticmethod
    def backward(ctx: FunctionCtx, dy: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        matrix: Matrix = ctx.matrix  # type: ignore[attr-defined]
        return dy @ matrix.dense(), None, None


def linear(x: Tensor, matrix: Matrix, bias: Tensor | None = None) -> Tensor:
    if isinstance(matrix, Dense) or not x.requires_grad:
        return F.linear(x, matrix.dense(), bias)
    result = _Frozen.apply(x, matrix, bias)  # type: ignore[no-untyped-call]
    assert isinstance(result, Tensor)
    return result
