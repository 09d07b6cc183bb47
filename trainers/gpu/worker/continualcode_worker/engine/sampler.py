"""Samples token by token, computing only what is not remembered."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..adapter.random import Random
from ..adapter.state import Parameters
from ..errors import WorkerError
from ..model.cache import Run
from ..protocol.requests import SampleRequest
from .decode import Steppers
from .draw import draw_token
from .parts import Parts, key_of
from .scoring import Scoring


@dataclass(frozen=True)
class SampledToken:
    id: int
    log_prob: float
    finish: str | None = None
    """`stop` or `length`, on the last token only."""


@dataclass(frozen=True)
class SampleReport:
    finish: str
    """`stop`, `length`, `cancelled` or `empty`."""
    tokens: int
    reused_tokens: int
    prefill_seconds: float
    decode_seconds: float


class _Fetch:
    """A token and its log-probability on their way to the host, not waiting for what is queued after them."""

    def __init__(self, token: Tensor, log_probs: Tensor) -> None:
        wide = torch.float32 if token.device.type == "mps" else torch.float64
        # Indexing by a tensor would wait for the device; gathering does not.
        both = torch.stack((token.to(wide), log_probs.gather(0, token.view(1))[0].to(wide)))
        self._event: torch.cuda.Event | None = None
        if token.device.type == "cuda":
            self._both = torch.empty(2, dtype=wide, pin_memory=True)
            self._both.copy_(both, non_blocking=True)
            self._event = torch.cuda.Event()  # type: ignore[no-untyped-call]
            self._event.record()
        else:
            self._both = both.cpu()

    def get(self) -> tuple[int, float]:
        if self._event is not None:
            self._event.synchronize()
        token, log_prob = self._both.tolist()
        return int(token), log_prob


def _check(request: SampleRequest) -> None:
    if not (request.temperature >= 0 and math.isfinite(request.temperature)):
        raise WorkerError("Unsupported", f"The temperature is {request.temperature}. Give 0 or more.")
    if not 0 < request.top_p <= 1:
        raise WorkerError("Unsupported", f"topP is {request.top_p}. Give a number above 0, at most 1.")


class Sampler:
    def __init__(self, parts: Parts, scoring: Scoring, steppers: Steppers) -> None:
        self._parts = parts
        self._scoring = scoring
        self._steppers = steppers

    def sample(
        self,
        parameters: Parameters | None,
        request: SampleRequest,
        on_token: Callable[[SampledToken], None],
        cancelled: Callable[[], bool],
    ) -> SampleReport:
        """Until a stop id, `maxTokens`, a full context, or `cancelled` says so between two tokens."""
        _check(request)
        parts = self._parts
        limit = min(request.max_tokens, parts.rules.room_after(request.prompt_ids))
        if limit == 0:
            return SampleReport("empty", 0, 0, 0.0, 0.0)
        started = parts.now()
        run = parts.cache.take(key_of(parameters), request.prompt_ids)
        done = self._scoring.extend(run, request.prompt_ids, 1, parameters)
        log_probs = self._scoring.log_probs(done.hidden)[0]
        prefilled = parts.now()
        try:
            finish, count = self._decode(parameters, request, limit, run, log_probs, on_token, cancelled)
        finally:
            parts.cache.put(run)
        return SampleReport(finish, count, done.reused, prefilled - started, parts.now() - prefilled)

    @torch.no_grad()
    def _decode(
        self,
        parameters: Parameters | None,
        request: SampleRequest,
        limit: int,
        run: Run,
        log_probs: Tensor,
        on_token: Callable[[SampledToken], None],
        cancelled: Callable[[], bool],
    ) -> tuple[str, int]:
        random = Random(request.seed)
        stepper = self._steppers.stepper(run, parameters, limit) if limit > 1 else None
        sampled: list[int] = []
        try:
            for left in range(limit, 0, -1):
                if cancelled():
                    return "cancelled", len(sampled)
                uniform = random.uniform() if request.temperature > 0 else 0.0
                token = draw_token(log_probs, request.temperature, request.top_p, uniform)
                fetch = _Fetch(token, log_probs)
                more = left > 1 and stepper is not None
                if more and stepper is not None and stepper.ahead:
                    log_probs = stepper.step(token)
                drawn, log_prob = fetch.get()
                if not math.isfinite(log_prob):
                    raise WorkerError(
                        "NonFinite", "The model's output is not finite. Undo the last step or reset the adapter."
                    )
                if cancelled():
                    return "cancelled", len(sampled)
                sampled.append(drawn)
                if drawn in self._parts.stop_ids:
                    on_token(SampledToken(drawn, log_prob, "stop"))
                    return "stop", len(sampled)
                on_token(SampledToken(drawn, log_prob, None if more else "length"))
                if more and stepper is not None and not stepper.ahead:
                    log_probs = stepper.step(token)
            return "length", len(sampled)
        finally:
            if stepper is not None and sampled:
                stepper.finish(sampled[:-1])
