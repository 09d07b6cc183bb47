"""An adapter in the shape the decoder runs it: one A and one B per group of matrices that read the same input."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..model.config import ModelConfig, module_shape
from ..model.weights import GROUPS
from .layout import AdapterLayout, AdapterTensor


@dataclass(frozen=True)
class PackedGroup:
    """y += scale (x a^T) b^T. a [n rank, in] stacks the A of the group's n adapted modules; b [rows, n rank] has each
    B in the rows of its module and the columns of its A."""

    a: Tensor
    b: Tensor


@dataclass(frozen=True)
class _Place:
    """Where a flat tensor lies in its group: rows and columns of `a` or `b`."""

    tensor: AdapterTensor
    layer: int
    group: str
    row: int
    column: int


Packed = dict[tuple[int, str], PackedGroup]


class Packing:
    """Between the flat float32 vector and the groups' matrices."""

    def __init__(self, config: ModelConfig, layout: AdapterLayout) -> None:
        self._layout = layout
        self._places: list[_Place] = []
        self._shapes: dict[tuple[int, str], tuple[tuple[int, int], tuple[int, int]]] = {}
        rank = layout.lora.rank
        by_name = {(tensor.layer, tensor.module, tensor.part): tensor for tensor in layout.tensors}
        for layer in range(config.layers):
            for group, modules in GROUPS.items():
                adapted = [module for module in modules if module in layout.lora.targets]
                if not adapted:
                    continue
                row = 0
                for module in modules:
                    if module in adapted:
                        start = rank * adapted.index(module)
                        a, b = by_name[layer, module, "A"], by_name[layer, module, "B"]
                        self._places.append(_Place(a, layer, group, start, 0))
                        self._places.append(_Place(b, layer, group, row, start))
                    row += module_shape(config, module)[0]
                wide = rank * len(adapted)
                self._shapes[layer, group] = ((wide, module_shape(config, adapted[0])[1]), (row, wide))

    def empty(self, dtype: torch.dtype, device: torch.device) -> Packed:
        return {
            name: PackedGroup(torch.zeros(a, dtype=dtype, device=device), torch.zeros(b, dtype=dtype, device=device))
            for name, (a, b) in self._shapes.items()
        }

    def write(self, packed: Packed, vector: Tensor) -> None:
        """Fills the groups' matrices from a flat vector."""
        with torch.no_grad():
            for place in self._places:
                tensor = place.tensor
                source = vector[tensor.offset : tensor.offset + tensor.size].view(tensor.shape)
                self._part(packed, place).copy_(source)

    def read(self, gradients: Packed) -> Tensor:
        """The flat float32 vector of gradients that lie as the groups' matrices do."""
        example = next(iter(gradients.values())).a
        wide = torch.float64 if example.dtype == torch.float64 else torch.float32
        vector = torch.empty(self._layout.size, dtype=wide, device=example.device)
        for place in self._places:
            tensor = place.tensor
            target = vector[tensor.offset : tensor.offset + tensor.size].view(tensor.shape)
            target.copy_(self._part(gradients, place))
        return vector

    def _part(self, packed: Packed, place: _Place) -> Tensor:
        group = packed[place.layer, place.group]
        whole = group.a if place.tensor.part == "A" else group.b
        rows, columns = place.tensor.shape
        return whole[place.row : place.row + rows, place.column : place.column + columns]
