"""One layer for one token over a static cache, as a function of tensors alone, so that a compiler may fuse it.

The same numbers as the decoder's block; every layer has the same shapes, so it is compiled once for all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..adapter.packed import Packed
from ..model.attention import decode_attention
from ..model.config import ModelConfig
from ..model.weights import LayerWeights


class Sizes(NamedTuple):
    query: int
    key: int
    head: int
    epsilon: float
    scale: float
    """The adapter's alpha / rank."""


class LayerTensors(NamedTuple):
    input_norm: Tensor
    attention_norm: Tensor
    q_norm: Tensor | None
    k_norm: Tensor | None
    qkv_bias: Tensor | None
    qkv: Tensor
    o: Tensor
    gate_up: Tensor
    down: Tensor


Pair = tuple[Tensor, Tensor] | None


class LayerAdapter(NamedTuple):
    """A and B of each group that is adapted."""

    qkv: Pair
    o: Pair
    gate_up: Pair
    down: Pair


class StepTensors(NamedTuple):
    """What all layers of a step share."""

    position: Tensor
    cos: Tensor
    sin: Tensor
    hidden: Tensor
    """[L], true for keys out of sight."""


def sizes_of(config: ModelConfig, scale: float) -> Sizes:
    return Sizes(config.query_size, config.key_size, config.head_size, config.norm_epsilon, scale)


def tensors_of(layer: LayerWeights) -> LayerTensors:
    """A quantised matrix is made dense here, outside of what is compiled."""
    groups = layer.groups
    return LayerTensors(
        layer.input_norm,
        layer.attention_norm,
        layer.q_norm,
        layer.k_norm,
        layer.qkv_bias,
        groups["qkv"].dense(),
        groups["o"].dense(),
        groups["gate_up"].dense(),
        groups["down"].dense(),
    )


def adapter_of(packed: Packed, layer: int) -> LayerAdapter:
    def pair(group: str) -> Pair:
        found = packed.get((layer, group))
        return None if found is None else (found.a, found.b)

    return LayerAdapter(pair("qkv"), pair("o"), pair("gate_up"), pair("down"))


def _project(x: Tensor, weight: Tensor, bias: Tensor | None, pair: Pair, scale: float) -> Tensor:
    y = F.linear(x, weight, bias)
    return y if pair is None else torch.addmm(y, F.linear(x, pair[0]), pair[1].t(), alpha=scale)


def _turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1).to(x.dtype)


def decode_layer(
    x: Tensor, keys: Tensor, values: Tensor, step: StepTensors, w: LayerTensors, lora: LayerAdapter, sizes: Sizes
) -> Tensor:
    """x [1, hidden] through one block; writes the token's keys and values [K, L, D] at its position."""

    def norm(value: Tensor, weight: Tensor) -> Tensor:
        return F.rms_norm(value, weight.shape, weight, sizes.epsilon)

    both = _project(norm(x, w.input_norm), w.qkv, w.qkv_bias, lora.qkv, sizes.scale)
    q, k, v = torch.split(both, [sizes.query, sizes.key, sizes.key], dim=-1)
    q, k, v = q.view(-1, sizes.head), k.view(-1, sizes.head), v.view(-1, sizes.head)
    if w.q_norm is not None and w.k_norm is not None:
        q, k = norm(q, w.q_norm), norm(k, w.k_norm)
    q, k = _turn(q, step.cos, step.sin), _turn(k, step.cos, step.sin)
    keys.index_copy_(1, step.position, k[:, None])
    values.index_copy_(1, step.position, v[:, None])
    attended = decode_attention(q, keys, values, step.hidden)[None]
    x = x + _project(attended, w.o, None, lora.o, sizes.scale)
    gate, up = _project(norm(x, w.attention_norm), w.gate_up, None, lora.gate_up, sizes.scale).chunk(2, dim=-1)
    return x + _project(F.silu(gate) * up, w.down, None, lora.down, sizes.scale)
