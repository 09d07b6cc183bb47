"""The models to measure: real architectures with random weights, as timing does not depend on values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from continualcode_worker.model.config import ModelConfig
from continualcode_worker.model.load import LoadedModel, load_model
from continualcode_worker.model.matrix import Dense
from continualcode_worker.model.weights import empty_weights

POCKET = Path(__file__).parents[3] / "trainers" / "pocket" / "model"


def _qwen3(
    hidden: int, layers: int, heads: int, wide: int, tied: bool, vocabulary: int = 151_936, head_size: int = 128
) -> ModelConfig:
    return ModelConfig(
        vocabulary_size=vocabulary,
        hidden_size=hidden,
        layers=layers,
        heads=heads,
        key_value_heads=min(8, heads),
        head_size=head_size,
        feed_forward_size=wide,
        context_length=40_960,
        rope_theta=1e6,
        norm_epsilon=1e-6,
        tied_head=tied,
    )


ARCHITECTURES = {
    "tiny": _qwen3(128, 4, 4, 384, True, vocabulary=2048, head_size=32),
    "0.6B": _qwen3(1024, 28, 16, 3072, True),
    "4B": _qwen3(2560, 36, 32, 9728, True),
    "8B": _qwen3(4096, 36, 32, 12_288, False),
}


@dataclass(frozen=True)
class Place:
    """Where and how precisely the numbers are computed."""

    device: torch.device
    dtype: torch.dtype

    def synchronize(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def config_of(name: str) -> ModelConfig:
    if name == "pocket":
        from continualcode_worker.model.config import read_config

        return read_config(POCKET)
    return ARCHITECTURES[name]


def load(name: str, place: Place, quantization: str = "none") -> LoadedModel:
    """The bundled model, or random weights of an architecture, made on the device."""
    if name == "pocket":
        return load_model(POCKET, place.dtype, place.device, quantization, lambda *_: None)
    config = ARCHITECTURES[name]
    weights, _ = empty_weights(config, place.dtype, place.device, quantization)
    generator = torch.Generator(place.device).manual_seed(0)

    def fill(tensor: torch.Tensor) -> None:
        tensor.normal_(0, 0.02, generator=generator)

    fill(weights.embedding)
    if weights.head is not weights.embedding:
        fill(weights.head)
    weights.final_norm.fill_(1)
    for layer in weights.layers:
        for norm in (layer.input_norm, layer.attention_norm, layer.q_norm, layer.k_norm):
            if norm is not None:
                norm.fill_(1)
        for matrix in layer.groups.values():
            if isinstance(matrix, Dense):
                fill(matrix.weight)
            else:
                rows, columns = matrix.shape
                matrix.write(0, torch.randn(rows, columns, generator=generator, device=place.device) * 0.02)
    return LoadedModel(config, weights, f"random {name}")
