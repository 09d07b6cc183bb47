"""The model with its adapter: samples, scores, differentiates and updates. Each call happens whole or changes
nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ..adapter.adamw import adamw, norm
from ..adapter.layout import adapter_layout
from ..adapter.packed import Packing
from ..adapter.peft import read_peft, write_peft
from ..adapter.snapshot import decode_snapshot, encode_snapshot
from ..adapter.state import AdapterState, blend, fresh_state, with_parameters
from ..errors import WorkerError
from ..model.cache import RunCache
from ..model.decoder import Decoder
from ..model.load import LoadedModel
from ..protocol.requests import (
    LoraSpec,
    LossItem,
    OptimizerOptions,
    PromptGradient,
    SampleRequest,
    ScoreRequest,
    Weights,
)
from .decode import Steppers
from .ids import IdRules
from .known import KnownRows
from .loss_pass import LossPass, LossValue, PassStats
from .memory import Memory
from .parts import Parts, parameters_for
from .sampler import SampledToken, Sampler, SampleReport
from .scoring import Scoring, Tokens

KNOWN_BYTES = 512 * 2**20


@dataclass(frozen=True)
class EngineOptions:
    lora: LoraSpec
    stop_ids: tuple[int, ...]
    model_name: str = "model"
    seed: int = 0
    context_length: int | None = None
    checkpointing: str = "auto"
    prompt_gradient: PromptGradient = "exact"
    static_decoding: bool | None = None
    """None: where the device has graphs."""


@dataclass(frozen=True)
class Scores:
    log_probs: list[float]
    entropies: list[float]
    top_ids: Tensor | None
    top_log_probs: Tensor | None


@dataclass(frozen=True)
class LossOutcome:
    value: LossValue
    gradient_norm: float
    stats: PassStats
    peak_bytes: int


@dataclass(frozen=True)
class Update:
    gradient_norm: float
    update_norm: float
    revision: int


@dataclass(frozen=True)
class Cosine:
    cosine: float
    exact_norm: float
    frozen_norm: float


def _not_finite() -> WorkerError:
    return WorkerError(
        "NonFinite",
        "Loss or gradient is not finite, so nothing was changed. Undo the last step or reset the adapter.",
    )


def _output_not_finite() -> WorkerError:
    return WorkerError("NonFinite", "The model's output is not finite. Undo the last step or reset the adapter.")


class Engine:
    def __init__(self, model: LoadedModel, options: EngineOptions, memory: Memory | None = None) -> None:
        config = model.config
        length = min(options.context_length or config.context_length, config.context_length)
        layout = adapter_layout(config, options.lora)
        decoder = Decoder(config, model.weights, length, layout.scale)
        self.config = config
        self.identity = model.identity
        self.context_length = length
        self.options = options
        self.layout = layout
        self.parts = Parts(
            config=config,
            layout=layout,
            packing=Packing(config, layout),
            decoder=decoder,
            cache=RunCache(config, decoder.dtype, decoder.device),
            known=KnownRows(KNOWN_BYTES),
            memory=memory or Memory(decoder.device, None),
            rules=IdRules(config.vocabulary_size, length),
            stop_ids=frozenset(options.stop_ids),
        )
        self._scoring = Scoring(self.parts)
        self._losses = LossPass(self.parts, self._scoring, options.checkpointing)
        self._steppers = Steppers(self.parts, options.static_decoding)
        self._sampler = Sampler(self.parts, self._scoring, self._steppers)
        self.parts.memory.emptied = self._let_go
        self._state = fresh_state(layout, options.seed, decoder.device)
        self._gradient: Tensor | None = None
        self.last_step: LossOutcome | None = None

    def _let_go(self) -> None:
        self.parts.let_go()
        self._steppers.drop()

    @property
    def revision(self) -> int:
        return self._state.revision

    @property
    def state(self) -> AdapterState:
        return self._state

    @property
    def gradient(self) -> Tensor | None:
        """What is accumulated, in the adapter's layout."""
        return self._gradient

    def sample(
        self,
        request: SampleRequest,
        on_token: Callable[[SampledToken], None],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> SampleReport:
        return self._sampler.sample(parameters_for(self._state, request.weights), request, on_token, cancelled)

    @torch.no_grad()
    def score(self, request: ScoreRequest) -> Scores:
        """Temperature-1 log-probabilities, entropies and the most likely tokens, rows by falling value, then rising
        id."""
        vocabulary = self.config.vocabulary_size
        if not request.completion_ids:
            empty = torch.empty(0, min(request.top_k, vocabulary)) if request.top_k > 0 else None
            return Scores([], [], empty, empty)
        parameters = parameters_for(self._state, request.weights)
        rows = self._scoring.distributions(parameters, request.prompt_ids, request.completion_ids, Tokens())
        targets = torch.tensor(request.completion_ids, device=rows.device)
        log_probs = rows.gather(1, targets[:, None])[:, 0].tolist()
        if not all(math.isfinite(value) for value in log_probs):
            raise _output_not_finite()
        entropies = torch.stack([-(row.exp() * row).sum() for row in rows]).tolist()
        if request.top_k == 0:
            return Scores(log_probs, entropies, None, None)
        count = min(request.top_k, vocabulary)
        best = [row.sort(descending=True, stable=True) for row in rows]
        values = torch.stack([row.values[:count] for row in best])
        return Scores(log_probs, entropies, torch.stack([row.indices[:count] for row in best]), values)

    def hidden_states(self, request: ScoreRequest) -> Tensor:
        """What the head reads for each token of a completion, [T, hidden] in float32."""
        if not request.completion_ids:
            return torch.empty(0, self.config.hidden_size)
        parameters = parameters_for(self._state, request.weights)
        hidden = self._scoring.hidden(parameters, request.prompt_ids, request.completion_ids, Tokens()).float()
        if not bool(torch.isfinite(hidden).all()):
            raise _output_not_finite()
        return hidden

    @torch.no_grad()
    def evaluate(self, items: list[LossItem]) -> LossValue:
        """Value of a loss; the accumulated gradient stays as it is."""
        value = self._losses.evaluate(self._state, items)
        if not math.isfinite(value.loss):
            raise _not_finite()
        return value

    def forward_backward(self, items: list[LossItem], mode: PromptGradient | None = None) -> LossOutcome:
        """Value and gradient; the gradient adds to what is accumulated."""
        self.parts.memory.reset_peak()
        value = self._losses.gradient(self._state, items, mode or self.options.prompt_gradient)
        assert value.gradient is not None
        accumulated = value.gradient if self._gradient is None else self._gradient + value.gradient
        length = norm(accumulated)
        if not math.isfinite(value.loss) or not math.isfinite(length):
            raise _not_finite()
        self._gradient = accumulated
        self.last_step = LossOutcome(value, length, value.stats, self.parts.memory.peak())
        return self.last_step

    def gradient_cosine(self, items: list[LossItem]) -> Cosine:
        """How far the gradient with a constant prompt points the same way as the exact one. Accumulates nothing."""
        exact = self._losses.gradient(self._state, items, "exact").gradient
        frozen = self._losses.gradient(self._state, items, "frozen").gradient
        assert exact is not None and frozen is not None
        lengths = norm(exact), norm(frozen)
        if not all(math.isfinite(length) for length in lengths):
            raise _not_finite()
        product = float((exact.cpu().double() * frozen.cpu().double()).sum())
        return Cosine(product / max(lengths[0] * lengths[1], 1e-300), *lengths)

    def update(self, options: OptimizerOptions) -> Update:
        if self._gradient is None:
            raise WorkerError("Unsupported", "There is no gradient to apply. Run forwardBackward first.")
        result = adamw(self.layout, self._state, self._gradient, options)
        self._replace(result.state)
        return Update(result.gradient_norm, result.update_norm, result.state.revision)

    def discard(self) -> None:
        self._gradient = None

    def blend_shadow(self, name: str, rate: float) -> None:
        self._state = blend(self.layout, self._state, name, rate)
        self.parts.keep(self._state)

    def snapshot(self) -> bytes:
        return encode_snapshot(self._state, self.layout, self.identity)

    def restore(self, data: bytes) -> None:
        self._replace(decode_snapshot(data, self.layout, self.identity, self.parts.device))

    def reset(self, seed: int) -> None:
        self._replace(fresh_state(self.layout, seed, self.parts.device))

    def export_peft(self, directory: Path) -> None:
        write_peft(directory, self.options.model_name, self.layout, self._state.parameters.vector)

    def import_peft(self, directory: Path) -> None:
        self.adopt(read_peft(directory, self.layout))

    def adopt(self, vector: Tensor) -> None:
        """Takes over an adapter's parameters with an empty optimiser."""
        self._replace(with_parameters(self.layout, vector.to(self.parts.device)))

    def prepare(self) -> None:
        """Computes once what is slow the first time: kernels are chosen, the decoding graph is captured."""
        parts = self.parts
        length = min(64, self.context_length - 2)
        request = SampleRequest([0] * max(1, length), 2, 0.0, 1.0, 0, Weights("Current"))
        self.sample(request, lambda _: None)
        item = LossItem("CrossEntropy", [0] * max(1, length), [0])
        self._losses.gradient(self._state, [item], "exact")
        parts.synchronize()

    def _replace(self, state: AdapterState) -> None:
        self._state = state
        self._gradient = None
        self.parts.keep(state)
