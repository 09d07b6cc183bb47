"""The hash that an adapter belongs to. Equal to the pocket backend's for every model that it can load."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal

from .config import ModelConfig


def js_number(value: float) -> str:
    """A finite number as JavaScript prints it: the same shortest digits as Python, other rules for the exponent."""
    shortest = Decimal(repr(float(value)))
    if shortest.is_zero():
        return "0"
    sign, found, exponent = shortest.as_tuple()
    digits = "".join(str(digit) for digit in found).rstrip("0")
    point = len(found) + int(exponent)
    count = len(digits)
    minus = "-" if sign else ""
    if count <= point <= 21:
        return minus + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{minus}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if count > 1 else ""
    return f"{minus}{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def config_json(config: ModelConfig) -> str:
    """The config as the pocket backend prints it; what that backend does not know is added only where a model has
    it."""
    fields: list[tuple[str, str]] = [
        ("vocabularySize", str(config.vocabulary_size)),
        ("hiddenSize", str(config.hidden_size)),
        ("layers", str(config.layers)),
        ("heads", str(config.heads)),
        ("keyValueHeads", str(config.key_value_heads)),
        ("headSize", str(config.head_size)),
        ("feedForwardSize", str(config.feed_forward_size)),
        ("contextLength", str(config.context_length)),
        ("ropeTheta", js_number(config.rope_theta)),
        ("normEpsilon", js_number(config.norm_epsilon)),
        ("tiedHead", json.dumps(config.tied_head)),
    ]
    if not config.qk_norm:
        fields.append(("qkNorm", "false"))
    if config.qkv_bias:
        fields.append(("qkvBias", "true"))
    if config.rope_scaling is not None:
        scaling = config.rope_scaling
        numbers = [scaling.factor, scaling.low_factor, scaling.high_factor, scaling.original_length]
        fields.append(("ropeScaling", "[" + ",".join(js_number(value) for value in numbers) + "]"))
    return "{" + ",".join(f'"{name}":{value}' for name, value in fields) + "}"


def sharded_identity(config: ModelConfig, shards: Sequence[bytes]) -> str:
    """SHA-256 over the config and the SHA-256 of each shard in name order."""
    return hashlib.sha256(config_json(config).encode() + b"".join(shards)).hexdigest()
