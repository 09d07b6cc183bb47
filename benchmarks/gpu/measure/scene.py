"""The situation that is measured: a conversation, an attempt, a correction."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

import torch

from continualcode_worker.protocol.requests import LoraSpec

ATTEMPT = 128
CORRECTION = 64
SINCE = 512
"""Tokens since the last correction: the base model's keys and values of these are not kept yet."""
TAIL = 16
"""The correction comes before the last tokens of the prompt, which open the assistant's turn."""
BASE_KL = 0.05
LEARNING_RATE = 1e-4
LORA = LoraSpec(16, 32, ("q_proj", "k_proj", "v_proj", "o_proj"))


@dataclass(frozen=True)
class Scene:
    prompt: list[int]
    corrected: list[int]
    attempt: list[int]


def make_scene(vocabulary: int, length: int) -> Scene:
    generator = torch.Generator().manual_seed(length)

    def ids(count: int) -> list[int]:
        return [int(token) for token in torch.randint(0, vocabulary, (count,), generator=generator)]

    prompt = ids(length)
    corrected = prompt[:-TAIL] + ids(CORRECTION) + prompt[-TAIL:]
    return Scene(prompt, corrected, ids(ATTEMPT))


def median(values: list[float]) -> float:
    return statistics.median(values)
