"""Requests as values. Field by field those of the LoraBackend contract."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, cast

from .schema import (
    Fields,
    Json,
    integer,
    limit,
    list_of,
    malformed,
    natural,
    number,
    one_of,
    positive,
    text,
    token_ids,
)

PromptGradient = Literal["exact", "frozen"]


@dataclass(frozen=True)
class Weights:
    """`Current`, `Base` or `Shadow` with a name."""

    tag: Literal["Current", "Base", "Shadow"]
    name: str = ""


@dataclass(frozen=True)
class SampleRequest:
    prompt_ids: list[int]
    max_tokens: int
    temperature: float
    top_p: float
    seed: int
    weights: Weights


@dataclass(frozen=True)
class ScoreRequest:
    prompt_ids: list[int]
    completion_ids: list[int]
    weights: Weights
    top_k: int = 0


@dataclass(frozen=True)
class Teacher:
    prompt_ids: list[int]
    weights: Weights


@dataclass(frozen=True)
class Divergence:
    kind: Literal["reverse_kl", "forward_kl", "jsd"]
    alpha: float = 0.5


@dataclass(frozen=True)
class LossItem:
    """One of Distill (divergence and teacher set), PolicyGradient (advantages set) and CrossEntropy."""

    tag: Literal["Distill", "PolicyGradient", "CrossEntropy"]
    prompt_ids: list[int]
    completion_ids: list[int]
    base_kl: float = 0.0
    mask: list[float] | None = None
    old_log_probs: list[float] | None = None
    ratio_clip: tuple[float, float] | None = None
    divergence: Divergence | None = None
    teacher: Teacher | None = None
    advantages: list[float] | None = None
    top_k: int | None = None
    """Distill only: the divergence over the student's K likeliest tokens and a tail; None is the whole vocabulary."""


@dataclass(frozen=True)
class OptimizerOptions:
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    max_gradient_norm: float


@dataclass(frozen=True)
class LoraSpec:
    rank: int
    alpha: float
    targets: tuple[str, ...]


@dataclass(frozen=True)
class OpenRequest:
    model_directory: str
    lora: LoraSpec
    stop_ids: tuple[int, ...]
    model_name: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    quantization: str = "none"
    seed: int = 0
    context_length: int | None = None
    memory_limit_bytes: int | None = None
    checkpointing: str = "auto"
    prompt_gradient: PromptGradient = "exact"
    threads: int | None = None


def weights(value: Json, where: str) -> Weights:
    fields = Fields(value, where)
    tag = fields.get("_tag", one_of("Current", "Base", "Shadow"))
    name = fields.get("name", text) if tag == "Shadow" else ""
    fields.done()
    return Weights(cast(Literal["Current", "Base", "Shadow"], tag), name)


def sample_request(value: Json, where: str) -> SampleRequest:
    fields = Fields(value, where)
    request = SampleRequest(
        prompt_ids=fields.get("promptIds", token_ids),
        max_tokens=fields.get("maxTokens", natural),
        temperature=fields.get("temperature", number),
        top_p=fields.get("topP", number),
        seed=fields.get("seed", integer),
        weights=fields.get("weights", weights),
    )
    fields.done()
    return request


def score_request(value: Json, where: str, top_k: bool = True) -> ScoreRequest:
    fields = Fields(value, where)
    request = ScoreRequest(
        prompt_ids=fields.get("promptIds", token_ids),
        completion_ids=fields.get("completionIds", token_ids),
        weights=fields.get("weights", weights),
        top_k=fields.optional("topK", natural, 0) if top_k else 0,
    )
    fields.done()
    return request


def divergence(value: Json, where: str) -> Divergence:
    fields = Fields(value, where)
    kind = fields.get("kind", one_of("reverse_kl", "forward_kl", "jsd"))
    alpha = fields.get("alpha", number) if kind == "jsd" else 0.5
    fields.done()
    return Divergence(cast(Literal["reverse_kl", "forward_kl", "jsd"], kind), alpha)


def teacher(value: Json, where: str) -> Teacher:
    fields = Fields(value, where)
    found = Teacher(fields.get("promptIds", token_ids), fields.get("weights", weights))
    fields.done()
    return found


def ratio_clip(value: Json, where: str) -> tuple[float, float]:
    fields = Fields(value, where)
    bounds = (fields.get("min", number), fields.get("max", limit))
    fields.done()
    if math.isnan(bounds[0]) or math.isnan(bounds[1]):
        raise malformed(where, "has a bound that is no number")
    return bounds


def loss_item(value: Json, where: str) -> LossItem:
    fields = Fields(value, where)
    tag = fields.get("_tag", one_of("Distill", "PolicyGradient", "CrossEntropy"))
    distill = tag == "Distill"
    numbers = list_of(number)
    item = LossItem(
        tag=cast(Literal["Distill", "PolicyGradient", "CrossEntropy"], tag),
        prompt_ids=fields.get("promptIds", token_ids),
        completion_ids=fields.get("completionIds", token_ids),
        base_kl=fields.get("baseKl", number),
        mask=fields.maybe("mask", numbers),
        old_log_probs=fields.maybe("oldLogProbs", numbers),
        ratio_clip=fields.maybe("ratioClip", ratio_clip),
        divergence=fields.get("divergence", divergence) if distill else None,
        teacher=fields.get("teacher", teacher) if distill else None,
        advantages=fields.get("advantages", numbers) if tag == "PolicyGradient" else None,
        top_k=fields.maybe("topK", natural) if distill else None,
    )
    fields.done()
    return item


loss_items = list_of(loss_item)


def optimizer_options(value: Json, where: str) -> OptimizerOptions:
    fields = Fields(value, where)
    options = OptimizerOptions(
        learning_rate=fields.get("learningRate", number),
        beta1=fields.get("beta1", number),
        beta2=fields.get("beta2", number),
        epsilon=fields.get("epsilon", number),
        weight_decay=fields.get("weightDecay", number),
        max_gradient_norm=fields.get("maxGradientNorm", limit),
    )
    fields.done()
    return options


def lora_spec(value: Json, where: str) -> LoraSpec:
    fields = Fields(value, where)
    spec = LoraSpec(
        fields.get("rank", positive), fields.get("alpha", number), tuple(fields.get("targets", list_of(text)))
    )
    fields.done()
    return spec


def open_request(value: Json, where: str) -> OpenRequest:
    fields = Fields(value, where)
    gradient = fields.optional("promptGradient", one_of("exact", "frozen"), "exact")
    request = OpenRequest(
        model_directory=fields.get("modelDirectory", text),
        lora=fields.get("lora", lora_spec),
        stop_ids=tuple(fields.get("stopIds", token_ids)),
        model_name=fields.maybe("modelName", text),
        device=fields.optional("device", text, "auto"),
        dtype=fields.optional("dtype", one_of("auto", "bfloat16", "float32"), "auto"),
        quantization=fields.optional("quantization", one_of("none", "int8", "int4"), "none"),
        seed=fields.optional("seed", integer, 0),
        context_length=fields.maybe("contextLength", positive),
        memory_limit_bytes=fields.maybe("memoryLimitBytes", positive),
        checkpointing=fields.optional("checkpointing", one_of("auto", "always", "never"), "auto"),
        prompt_gradient=cast(PromptGradient, gradient),
        threads=fields.maybe("threads", positive),
    )
    fields.done()
    return request
