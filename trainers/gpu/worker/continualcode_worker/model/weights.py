"""A model's weights as the decoder uses them: matrices that read the same input lie in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .config import ModelConfig, module_path, module_shape
from .matrix import Matrix, new_matrix

GROUPS: dict[str, tuple[str, ...]] = {
    "qkv": ("q_proj", "k_proj", "v_proj"),
    "o": ("o_proj",),
    "gate_up": ("gate_proj", "up_proj"),
    "down": ("down_proj",),
}


@dataclass
class LayerWeights:
    input_norm: Tensor
    attention_norm: Tensor
    q_norm: Tensor | None
    k_norm: Tensor | None
    qkv_bias: Tensor | None
    groups: dict[str, Matrix]


@dataclass
class ModelWeights:
    embedding: Tensor
    head: Tensor
    final_norm: Tensor
    layers: list[LayerWeights]

    @property
    def bytes(self) -> int:
        tensors = {id(tensor): tensor for tensor in (self.embedding, self.head, self.final_norm)}
        total = sum(tensor.nbytes for tensor in tensors.values())
        return total + sum(matrix.bytes for layer in self.layers for matrix in layer.groups.values())


Write = Callable[[int, Tensor], None]
"""Sets a stored tensor's first-axis rows from an index on, in any floating dtype."""


def empty_weights(
    config: ModelConfig, dtype: torch.dtype, device: torch.device, quantization: str
) -> tuple[ModelWeights, dict[str, Write]]:
    """Weights without values, and by Hugging Face name what writes each stored tensor into its place."""

    def empty(*shape: int) -> Tensor:
        return torch.empty(shape, dtype=dtype, device=device)

    writers: dict[str, Write] = {}

    def known(name: str, tensor: Tensor, offset: int = 0) -> Tensor:
        def write(start: int, rows: Tensor) -> None:
            tensor[offset + start : offset + start + rows.shape[0]].copy_(rows)

        writers[name] = write
        return tensor

    embedding = known("model.embed_tokens.weight", empty(config.vocabulary_size, config.hidden_size))
    layers: list[LayerWeights] = []
    for index in range(config.layers):
        prefix = f"model.layers.{index}"
        bias = empty(config.query_size + 2 * config.key_size) if config.qkv_bias else None
        layer = LayerWeights(
            input_norm=known(f"{prefix}.input_layernorm.weight", empty(config.hidden_size)),
            attention_norm=known(f"{prefix}.post_attention_layernorm.weight", empty(config.hidden_size)),
            q_norm=known(f"{prefix}.self_attn.q_norm.weight", empty(config.head_size)) if config.qk_norm else None,
            k_norm=known(f"{prefix}.self_attn.k_norm.weight", empty(config.head_size)) if config.qk_norm else None,
            qkv_bias=bias,
            groups={},
        )
        for group, modules in GROUPS.items():
            shapes = [module_shape(config, module) for module in modules]
            matrix = new_matrix(quantization, sum(rows for rows, _ in shapes), shapes[0][1], dtype, device)
            layer.groups[group] = matrix
            offset = 0
            for module, (rows, _) in zip(modules, shapes, strict=True):
                writers[f"{prefix}.{module_path(module)}.weight"] = _rows_of(matrix, offset)
                if bias is not None and group == "qkv":
                    known(f"{prefix}.{module_path(module)}.bias", bias, offset)
                offset += rows
        layers.append(layer)
    head = embedding if config.tied_head else known("lm_head.weight", empty(config.vocabulary_size, config.hidden_size))
    final = known("model.norm.weight", empty(config.hidden_size))
    return ModelWeights(embedding, head, final, layers), writers


def _rows_of(matrix: Matrix, offset: int) -> Write:
    return lambda start, rows: matrix.write(offset + start, rows)
