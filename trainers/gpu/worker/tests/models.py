"""Random tiny models in the Hugging Face layout, and engines over them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from continualcode_worker.engine.engine import Engine, EngineOptions
from continualcode_worker.model.config import MODULES, read_config, weight_shapes
from continualcode_worker.model.load import load_model
from continualcode_worker.model.safetensors import encode_safetensors
from continualcode_worker.protocol.requests import LoraSpec

CPU = torch.device("cpu")
LORA = LoraSpec(3, 6.0, MODULES)

COMMON: dict[str, Any] = {
    "vocab_size": 61,
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "intermediate_size": 40,
    "max_position_embeddings": 1024,
    "rms_norm_eps": 1e-6,
    "hidden_act": "silu",
    "bos_token_id": 1,
    "eos_token_id": 2,
}
QWEN3 = {**COMMON, "model_type": "qwen3", "rope_theta": 10000.0, "tie_word_embeddings": True, "attention_bias": False}
QWEN2 = {
    **{name: value for name, value in COMMON.items() if name != "head_dim"},
    "hidden_size": 32,
    "model_type": "qwen2",
    "rope_theta": 1000000.0,
    "tie_word_embeddings": False,
    "use_sliding_window": False,
}
LLAMA = {
    **COMMON,
    "model_type": "llama",
    "rope_theta": 500.0,
    "tie_word_embeddings": False,
    "attention_bias": False,
    "rope_scaling": {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
    },
}
FAMILIES = {"qwen3": QWEN3, "qwen2": QWEN2, "llama": LLAMA}


def write_model(folder: Path, config: dict[str, Any] = QWEN3, seed: int = 1, shards: int = 1) -> Path:
    """Norms near 1, matrices with variance 1 / inputs, a lively embedding."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    random = np.random.default_rng(seed)
    tensors: list[tuple[str, Any]] = []
    for name, shape in weight_shapes(read_config(folder)).items():
        norm = len(shape) == 1 and not name.endswith("bias")
        scale = 0.1 if len(shape) == 1 else 0.3 if "embed" in name else shape[1] ** -0.5
        tensors.append((name, (norm + scale * random.standard_normal(shape)).astype(np.float32)))
    if shards == 1:
        (folder / "model.safetensors").write_bytes(encode_safetensors(tensors))
        return folder
    index: dict[str, str] = {}
    for shard in range(shards):
        name = f"model-{shard + 1:05d}-of-{shards:05d}.safetensors"
        part = tensors[shard::shards]
        (folder / name).write_bytes(encode_safetensors(part))
        index.update({tensor: name for tensor, _ in part})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    return folder


def make_engine(folder: Path, dtype: torch.dtype = torch.float32, quantization: str = "none", **options: Any) -> Engine:
    model = load_model(folder, dtype, CPU, quantization, lambda *_: None)
    given = {"lora": LORA, "stop_ids": (2,), "seed": 1, **options}
    return Engine(model, EngineOptions(**given))


def some_ids(seed: int, count: int) -> list[int]:
    """Ids of the tiny vocabulary, none of them the stop id."""
    return [int(token) for token in np.random.default_rng(seed).integers(3, 61, count)]


def scatter(engine: Engine, seed: int = 7, scale: float = 0.2) -> torch.Tensor:
    """Replaces the adapter by a random one, B included, of a size that matters."""
    random = np.random.default_rng(seed)
    vector = torch.from_numpy(scale * random.standard_normal(engine.layout.size)).to(torch.float32)
    engine.adopt(vector)
    return vector
