"""What the engine found, in the protocol's words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .engine.engine import LossOutcome
from .engine.loss_pass import LossValue
from .engine.losses import ItemValues
from .engine.sampler import SampledToken
from .errors import WorkerError
from .model.config import parameter_count, read_config
from .model.load import check_weights

Json = dict[str, Any]


def inspect(folder: Path) -> Json:
    """What a model would need, from its config and the headers of its weight files alone."""
    config = read_config(folder)
    problem: str | None = None
    try:
        check_weights(folder, config)
    except WorkerError as error:
        problem = error.message
    count = parameter_count(config)
    quantised = count - config.vocabulary_size * config.hidden_size * (1 if config.tied_head else 2)
    rest = 2 * (count - quantised)
    family = "qwen3" if config.qk_norm else "qwen2" if config.qkv_bias else "llama"
    return {
        "parameters": count,
        "architecture": family,
        "bytes": {
            "bfloat16": 2 * count,
            "int8": rest + quantised,
            "int4": rest + quantised // 2 + quantised // 16,
        },
        "cacheBytesPerToken": 4 * config.layers * config.key_size,
        "contextLength": config.context_length,
        "problem": problem,
    }


def items_of(values: list[ItemValues]) -> list[Json]:
    found: list[Json] = []
    for value in values:
        item: Json = {"logProbs": value.log_probs}
        if value.teacher_log_probs is not None:
            item["teacherLogProbs"] = value.teacher_log_probs
        if value.divergences is not None:
            item["divergences"] = value.divergences
        found.append({**item, "baseKls": value.base_kls, "ratios": value.ratios})
    return found


def report(value: LossValue, gradient_norm: float) -> Json:
    return {"loss": value.loss, "gradientNorm": gradient_norm, "items": items_of(value.items)}


def stats_of(outcome: LossOutcome) -> Json:
    stats = outcome.stats
    return {
        "seconds": stats.seconds,
        "reusedTokens": {"teacher": stats.teacher.reused, "base": stats.base.reused},
        "computedTokens": {
            "teacher": stats.teacher.computed,
            "base": stats.base.computed,
            "student": stats.student.computed,
        },
        "checkpointing": stats.checkpointing,
        "peakBytes": outcome.peak_bytes,
        "retries": stats.retries,
    }


def token_of(token: SampledToken) -> Json:
    found: Json = {"id": token.id, "logProb": token.log_prob}
    return found if token.finish is None else {**found, "finish": token.finish}
