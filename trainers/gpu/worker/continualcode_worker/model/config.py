"""Shape of a decoder, read from a config.json in the Hugging Face layout."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import WorkerError, file_problem

MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def _families() -> dict[str, dict[str, Any]]:
    """The families of models that this worker can run, by `model_type`, from the list that all backends read."""
    path = Path(__file__).parents[4] / "models" / "families.json"
    listed: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return {family["modelType"]: family for family in listed if "gpu" in family["backends"]}


FAMILIES = _families()


@dataclass(frozen=True)
class Llama3Scaling:
    """Rotary frequencies stretched as Llama 3.1 does."""

    factor: float
    low_factor: float
    high_factor: float
    original_length: int


@dataclass(frozen=True)
class ModelConfig:
    vocabulary_size: int
    hidden_size: int
    layers: int
    heads: int
    key_value_heads: int
    head_size: int
    feed_forward_size: int
    context_length: int
    rope_theta: float
    norm_epsilon: float
    tied_head: bool
    qk_norm: bool = True
    """Queries and keys are normalised per head, as in Qwen3."""
    qkv_bias: bool = False
    """Queries, keys and values have a bias, as in Qwen2."""
    rope_scaling: Llama3Scaling | None = None

    @property
    def query_size(self) -> int:
        return self.heads * self.head_size

    @property
    def key_size(self) -> int:
        return self.key_value_heads * self.head_size


def module_path(module: str) -> str:
    return f"mlp.{module}" if module in ("gate_proj", "up_proj", "down_proj") else f"self_attn.{module}"


def module_shape(config: ModelConfig, module: str) -> tuple[int, int]:
    """[out, in] of a module's weight, as stored."""
    hidden, wide = config.hidden_size, config.feed_forward_size
    return {
        "q_proj": (config.query_size, hidden),
        "k_proj": (config.key_size, hidden),
        "v_proj": (config.key_size, hidden),
        "o_proj": (hidden, config.query_size),
        "gate_proj": (wide, hidden),
        "up_proj": (wide, hidden),
        "down_proj": (hidden, wide),
    }[module]


def weight_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Every weight tensor with its stored shape, by Hugging Face name."""
    hidden, vocabulary = config.hidden_size, config.vocabulary_size
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (vocabulary, hidden)}
    for layer in range(config.layers):
        prefix = f"model.layers.{layer}"
        shapes[f"{prefix}.input_layernorm.weight"] = (hidden,)
        shapes[f"{prefix}.post_attention_layernorm.weight"] = (hidden,)
        if config.qk_norm:
            shapes[f"{prefix}.self_attn.q_norm.weight"] = (config.head_size,)
            shapes[f"{prefix}.self_attn.k_norm.weight"] = (config.head_size,)
        for module in MODULES:
            shapes[f"{prefix}.{module_path(module)}.weight"] = module_shape(config, module)
            if config.qkv_bias and module in ("q_proj", "k_proj", "v_proj"):
                shapes[f"{prefix}.{module_path(module)}.bias"] = module_shape(config, module)[:1]
    shapes["model.norm.weight"] = (hidden,)
    if not config.tied_head:
        shapes["lm_head.weight"] = (vocabulary, hidden)
    return shapes


def parameter_count(config: ModelConfig) -> int:
    return sum(math.prod(shape) for shape in weight_shapes(config).values())


def read_config(folder: Path) -> ModelConfig:
    """A folder's config.json. Errors name the file, the field and what is supported."""
    path = folder / "config.json"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise file_problem(
            path, "the file is missing", "The folder must hold a model in the Hugging Face layout."
        ) from None
    except (OSError, UnicodeDecodeError) as cause:
        raise file_problem(path, f"cannot be read ({cause})", "Check its permissions.") from cause
    try:
        raw = json.loads(text)
    except ValueError as cause:
        raise file_problem(path, f"is not valid JSON ({cause})") from cause
    if not isinstance(raw, dict):
        raise file_problem(path, "is no JSON object")
    return _Reader(path, raw).config()


class _Reader:
    def __init__(self, path: Path, raw: dict[str, Any]) -> None:
        self._path = path
        self._raw = raw

    def _unsupported(self, field: str, value: object, supported: str) -> WorkerError:
        return file_problem(
            self._path, f"{field} is {json.dumps(value)}", f"Only {supported} is supported; choose another model."
        )

    def _size(self, field: str, default: int | None = None) -> int:
        value = self._raw.get(field, default)
        value = default if value is None else value
        if value is None:
            raise file_problem(self._path, f"{field} is missing")
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise file_problem(self._path, f"{field} is {json.dumps(value)}, not a positive whole number")
        return value

    def _number(self, where: dict[str, Any], field: str, name: str) -> float | None:
        value = where.get(field)
        if value is None:
            return None
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not value > 0 or math.isinf(value):
            raise file_problem(self._path, f"{name} is {json.dumps(value)}, not a positive number")
        return float(value)

    def config(self) -> ModelConfig:
        raw = self._raw
        family = raw.get("model_type")
        if family not in FAMILIES:
            names = ", ".join(f'"{name}" ({entry["title"]})' for name, entry in FAMILIES.items())
            raise self._unsupported("model_type", family, names)
        if raw.get("hidden_act", "silu") != "silu":
            raise self._unsupported("hidden_act", raw["hidden_act"], '"silu"')
        for field in ("attention_bias", "use_sliding_window", "mlp_bias"):
            if raw.get(field):
                raise self._unsupported(field, raw[field], "false")
        if raw.get("quantization_config") is not None:
            raise self._unsupported("quantization_config", raw["quantization_config"], "an unquantised model")
        heads, key_value_heads = self._size("num_attention_heads"), self._size("num_key_value_heads")
        if heads % key_value_heads != 0:
            raise file_problem(
                self._path, f"num_attention_heads ({heads}) is no multiple of num_key_value_heads ({key_value_heads})"
            )
        hidden = self._size("hidden_size")
        head_size = self._size("head_dim", hidden // heads if hidden % heads == 0 else None)
        if head_size % 2 != 0:
            raise file_problem(self._path, f"head_dim is {head_size}, not an even whole number")
        epsilon = self._number(raw, "rms_norm_eps", "rms_norm_eps")
        if epsilon is None:
            raise file_problem(self._path, "rms_norm_eps is missing")
        theta, scaling = self._rope(FAMILIES[family]["ropeTypes"])
        return ModelConfig(
            vocabulary_size=self._size("vocab_size"),
            hidden_size=hidden,
            layers=self._size("num_hidden_layers"),
            heads=heads,
            key_value_heads=key_value_heads,
            head_size=head_size,
            feed_forward_size=self._size("intermediate_size"),
            context_length=self._size("max_position_embeddings"),
            rope_theta=theta,
            norm_epsilon=epsilon,
            tied_head=bool(raw.get("tie_word_embeddings", False)),
            qk_norm=FAMILIES[family]["qkNorm"],
            qkv_bias=FAMILIES[family]["qkvBias"],
            rope_scaling=scaling,
        )

    def _rope(self, known: list[str]) -> tuple[float, Llama3Scaling | None]:
        parameters = self._raw.get("rope_parameters") or {}
        older = self._raw.get("rope_scaling") or {}
        if not isinstance(parameters, dict) or not isinstance(older, dict):
            raise file_problem(self._path, "rope_parameters or rope_scaling is no object")
        theta = self._number(parameters, "rope_theta", "rope_parameters.rope_theta")
        theta = theta or self._number(self._raw, "rope_theta", "rope_theta")
        if theta is None:
            raise file_problem(self._path, "rope_theta is missing")
        scaling = {**older, **parameters}
        kind = scaling.get("rope_type", scaling.get("type", "default"))
        if kind not in known:
            raise self._unsupported("rope_scaling.rope_type", kind, " or ".join(f'"{name}"' for name in known))
        if kind == "default":
            return theta, None
        numbers = {
            field: self._number(scaling, field, f"rope_scaling.{field}")
            for field in ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings")
        }
        for field, value in numbers.items():
            if value is None:
                raise file_problem(self._path, f"rope_scaling.{field} is missing")
        factor, low, high, length = (value or 0.0 for value in numbers.values())
        return theta, Llama3Scaling(factor, low, high, int(length))
