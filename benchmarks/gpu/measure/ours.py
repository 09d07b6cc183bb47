"""The GPU backend in the scene."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch

from continualcode_worker.engine.engine import Engine, EngineOptions
from continualcode_worker.engine.memory import Memory
from continualcode_worker.model.load import LoadedModel
from continualcode_worker.protocol.requests import (
    Divergence,
    LossItem,
    OptimizerOptions,
    PromptGradient,
    SampleRequest,
    ScoreRequest,
    Teacher,
    Weights,
)

from .models import Place
from .scene import BASE_KL, LEARNING_RATE, LORA, SINCE, Scene, median
from .work import Pass, backward_work, decode_bytes, forward_work

CURRENT, BASE = Weights("Current"), Weights("Base")
OPTIONS = OptimizerOptions(LEARNING_RATE, 0.9, 0.999, 1e-8, 0.0, 1.0)


@dataclass(frozen=True)
class Round:
    """One verdict: seconds of each stage, up to the first token of the retry."""

    stages: dict[str, float]
    step: float
    verdict_to_token: float
    work: int


@dataclass(frozen=True)
class Ours:
    stages: dict[str, float]
    step: float
    cold_step: float
    verdict_to_token: float
    frozen_step: float
    frozen_verdict_to_token: float
    frozen_cosine: float
    prefill: float
    """Tokens per second."""
    decode: float
    decode_bytes: int
    step_work: int
    peak_bytes: int
    model_bytes: int
    checkpointing: str


class Bench:
    def __init__(self, model: LoadedModel, place: Place, memory_limit: int | None) -> None:
        self.engine = Engine(model, EngineOptions(LORA, ()), Memory(place.device, memory_limit))
        self.place = place
        self.model = model
        vector = self.engine.state.parameters.vector
        generator = torch.Generator().manual_seed(1)
        # An adapter that has learned something: with B = 0 it would be the base, and the teacher's work the student's.
        noise = torch.randn(len(vector), generator=generator) * 1e-3
        self.engine.adopt(vector + noise.to(vector.device))

    def _keep(self, scene: Scene, base: int) -> None:
        """The caches while a verdict is waited for: the attempt was sampled, the base has seen `base` tokens."""
        engine = self.engine
        engine.parts.let_go()
        self._first_token(scene.prompt)
        if base > 1:
            engine.score(ScoreRequest(scene.prompt[: base - 1], scene.prompt[base - 1 : base], BASE))
        engine.parts.known.clear()
        self.place.synchronize()

    def _first_token(self, prompt: list[int]) -> float:
        """Seconds until the first token of a sample is there."""
        started = time.perf_counter()
        seen: list[float] = []
        request = SampleRequest(prompt, 1, 0.0, 1.0, 0, CURRENT)
        self.engine.sample(request, lambda _: seen.append(time.perf_counter()))
        return seen[0] - started

    def item(self, scene: Scene) -> LossItem:
        return LossItem(
            "Distill",
            scene.prompt,
            scene.attempt,
            BASE_KL,
            divergence=Divergence("reverse_kl"),
            teacher=Teacher(scene.corrected, BASE),
        )

    def round(self, scene: Scene, base: int, mode: PromptGradient = "exact") -> Round:
        engine = self.engine
        self._keep(scene, base)
        started = time.perf_counter()
        outcome = engine.forward_backward([self.item(scene)], mode)
        before_update = time.perf_counter()
        engine.update(OPTIONS)
        self.place.synchronize()
        updated = time.perf_counter()
        token = self._first_token(scene.corrected)
        stats = outcome.stats
        config, rows = self.model.config, len(scene.attempt)
        student = len(scene.prompt) + rows - 1
        teacher = Pass(stats.teacher.reused, stats.teacher.computed, rows)
        reference = Pass(stats.base.reused, stats.base.computed, rows)
        whole = Pass(0, student, rows)
        work = (
            forward_work(config, teacher)
            + forward_work(config, reference)
            + forward_work(config, whole, LORA)
            + backward_work(config, whole, LORA)
        )
        stages = {**stats.seconds, "update": updated - before_update, "retryPrefill": token}
        return Round(stages, updated - started, updated - started + token, work)

    def measure(self, scene: Scene, rounds: int) -> Ours:
        engine = self.engine
        length = len(scene.prompt)
        base = max(0, length - SINCE)
        self.round(scene, base)
        engine.parts.memory.reset_peak()
        found = [self.round(scene, base) for _ in range(rounds)]
        peak = engine.parts.memory.peak()
        checkpointing = engine.last_step.stats.checkpointing if engine.last_step is not None else "none"
        cold = [self.round(scene, 0) for _ in range(max(1, rounds // 2))]
        self.round(scene, base, "frozen")
        frozen = [self.round(scene, base, "frozen") for _ in range(max(1, rounds // 2))]
        cosine = engine.gradient_cosine([self.item(scene)]).cosine
        prefill, decode, middle = self._sampling(scene, rounds)
        width = engine.parts.decoder.dtype.itemsize
        adapter = engine.layout.size * width
        return Ours(
            stages={name: median([each.stages[name] for each in found]) for name in found[0].stages},
            step=median([each.step for each in found]),
            cold_step=median([each.step for each in cold]),
            verdict_to_token=median([each.verdict_to_token for each in found]),
            frozen_step=median([each.step for each in frozen]),
            frozen_verdict_to_token=median([each.verdict_to_token for each in frozen]),
            frozen_cosine=cosine,
            prefill=prefill,
            decode=decode,
            decode_bytes=decode_bytes(self.model.config, self.model.weights.bytes, adapter, middle, width),
            step_work=found[0].work,
            peak_bytes=peak,
            model_bytes=self.model.weights.bytes,
            checkpointing=checkpointing,
        )

    def _sampling(self, scene: Scene, rounds: int) -> tuple[float, float, int]:
        """Prefill and decode in tokens per second, and the length in the middle of decoding."""
        count = len(scene.attempt)
        request = SampleRequest(scene.prompt, count, 0.0, 1.0, 0, CURRENT)
        prefill: list[float] = []
        decode: list[float] = []
        for index in range(rounds + 1):
            self.engine.parts.cache.clear()
            report = self.engine.sample(request, lambda _: None)
            if index > 0:
                prefill.append(len(scene.prompt) / report.prefill_seconds)
                decode.append((report.tokens - 1) / report.decode_seconds)
        return median(prefill), median(decode), len(scene.prompt) + count // 2
