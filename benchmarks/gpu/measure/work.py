"""The exact work of a step: products that no implementation of the same mathematics can leave out.

A multiply and an add are two operations. Counted: each frozen matrix once forwards for every token that is computed and
once backwards for every token whose gradient is needed; causal attention over the keys that are really seen; LoRA's
products; the head for the scored rows. Not counted: what checkpointing computes again.
"""

from __future__ import annotations

from dataclasses import dataclass

from continualcode_worker.model.config import MODULES, ModelConfig, module_shape
from continualcode_worker.protocol.requests import LoraSpec


@dataclass(frozen=True)
class Pass:
    """`computed` tokens after `past` ones; outputs of the last `rows`."""

    past: int
    computed: int
    rows: int


def _matrices(config: ModelConfig, lora: LoraSpec | None, tokens: int, rows: int) -> int:
    """Operations of one direction through all matrices. In the last layer only keys and values need all tokens."""
    total = 0
    for layer in range(config.layers):
        for module in MODULES:
            out, size = module_shape(config, module)
            count = rows if layer == config.layers - 1 and module not in ("k_proj", "v_proj") else tokens
            total += 2 * out * size * count
            if lora is not None and module in lora.targets:
                total += 2 * lora.rank * (out + size) * count
    return total


def _attention(config: ModelConfig, step: Pass) -> int:
    """Operations of q k^T and of the product with v, forwards."""

    def pairs(tokens: int) -> int:
        end = step.past + step.computed
        first = end - tokens
        return tokens * first + tokens * (tokens + 1) // 2

    each = 4 * config.query_size
    return each * ((config.layers - 1) * pairs(step.computed) + pairs(step.rows))


def forward_work(config: ModelConfig, step: Pass, lora: LoraSpec | None = None) -> int:
    head = 2 * config.vocabulary_size * config.hidden_size * step.rows
    return _matrices(config, lora, step.computed, step.rows) + _attention(config, step) + head


def backward_work(config: ModelConfig, step: Pass, lora: LoraSpec) -> int:
    """To the activations through the frozen matrices, to activations and matrices through LoRA, four products of
    attention for the two forwards."""
    frozen = _matrices(config, None, step.computed, step.rows)
    adapted = 2 * (_matrices(config, lora, step.computed, step.rows) - frozen)
    head = 2 * config.vocabulary_size * config.hidden_size * step.rows
    return frozen + adapted + 2 * _attention(config, step) + head


def decode_bytes(config: ModelConfig, weight_bytes: int, adapter_bytes: int, length: int, width: int) -> int:
    """Bytes that must be read for one more token: every matrix, the adapter, keys and values so far. Of an embedding
    that is not the head one row is read, which counts as none."""
    embedding = 0 if config.tied_head else config.vocabulary_size * config.hidden_size * width
    cache = 2 * config.layers * config.key_size * length * width
    return weight_bytes - embedding + adapter_bytes + cache
