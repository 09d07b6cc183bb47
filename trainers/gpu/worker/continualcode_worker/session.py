"""The operations of the protocol on one open model."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from . import devices
from .engine.engine import Engine, EngineOptions
from .engine.memory import Memory, out_of_memory
from .errors import WorkerError, file_problem
from .model.load import Progress, load_model
from .protocol import requests
from .protocol.frames import encode_arrays
from .protocol.schema import Fields, integer, number, one_of, text
from .reports import inspect, report, stats_of, token_of

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    value: Any
    description: Json | None = None
    """Of the payload."""
    payload: bytes = b""


@dataclass(frozen=True)
class Context:
    """What an operation may use while it runs."""

    progress: Progress
    token: Callable[[Json], None]
    cancelled: Callable[[], bool]


class Session:
    def __init__(self) -> None:
        self._engine: Engine | None = None

    @property
    def revision(self) -> int:
        return 0 if self._engine is None else self._engine.revision

    def perform(self, operation: str, value: Any, payload: bytes, context: Context) -> Answer:
        if payload and operation != "restore":
            raise WorkerError("Protocol", f"{operation} takes no payload. Set up again.")
        fields = Fields(value, "input") if operation not in WHOLE else None
        found = OPERATIONS.get(operation)
        if found is None:
            raise WorkerError("Protocol", f"There is no operation {operation}. Set up again.")
        return found(self, value if fields is None else fields, payload, context)

    def engine(self) -> Engine:
        if self._engine is None:
            raise WorkerError("Unsupported", "No model is open. Open one first.")
        return self._engine

    def probe(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        fields.done()
        return Answer(devices.probe())

    def inspect(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        folder = fields.get("modelDirectory", text)
        fields.done()
        return Answer(inspect(Path(folder)))

    def open(self, value: Any, payload: bytes, context: Context) -> Answer:
        request = requests.open_request(value, "input")
        self._engine = None
        device = devices.choose(request.device)
        dtype = devices.dtype_for(request.dtype, device)
        devices.set_up(device, request.threads)
        memory = Memory(device, request.memory_limit_bytes)
        started = time.perf_counter()
        folder = Path(request.model_directory)
        if not folder.is_dir():
            raise file_problem(
                folder, "the folder is missing", "Choose a folder with a model in the Hugging Face layout."
            )
        try:
            model = load_model(folder, dtype, device, request.quantization, context.progress)
            name = request.model_name or folder.resolve().name
            options = EngineOptions(
                lora=request.lora,
                stop_ids=request.stop_ids,
                model_name=name,
                seed=request.seed,
                context_length=request.context_length,
                checkpointing=request.checkpointing,
                prompt_gradient=request.prompt_gradient,
            )
            engine = Engine(model, options, memory)
        except (RuntimeError, MemoryError) as error:
            if not devices.is_out_of_memory(error):
                raise
            raise out_of_memory("the model") from None
        self._engine = engine
        described = devices.describe(device)
        kind = str(dtype).removeprefix("torch.")
        return Answer(
            {
                "info": {
                    "backend": "gpu",
                    "engine": f"torch {torch.__version__} {described['device']} {described['name']} {kind}",
                    "modelName": name,
                    "modelIdentity": model.identity,
                    "contextLength": engine.context_length,
                    "vocabularySize": model.config.vocabulary_size,
                    "lora": {
                        "rank": request.lora.rank,
                        "alpha": request.lora.alpha,
                        "targets": list(request.lora.targets),
                    },
                    "capabilities": {
                        "fullDistribution": True,
                        "topK": model.config.vocabulary_size,
                        "shadows": True,
                        "streaming": True,
                        "training": True,
                        "hiddenSize": model.config.hidden_size,
                    },
                },
                "device": described,
                "dtype": kind,
                "quantization": request.quantization,
                "modelBytes": model.weights.bytes,
                "seconds": {"load": time.perf_counter() - started},
            }
        )

    def prepare(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        fields.done()
        self.engine().prepare()
        return Answer(None)

    def status(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        fields.done()
        engine = self.engine()
        memory, cache, state = engine.parts.memory, engine.parts.cache, engine.state
        return Answer(
            {
                "allocatedBytes": memory.allocated(),
                "peakBytes": memory.peak(),
                "reservedBytes": memory.reserved(),
                "totalBytes": memory.total(),
                "cachedTokens": {
                    "current": cache.tokens(state.parameters.key),
                    "base": cache.tokens(0),
                    "shadows": sum(cache.tokens(shadow.key) for shadow in state.shadows.values() if shadow.key != 0),
                },
                "lastStep": None if engine.last_step is None else stats_of(engine.last_step),
            }
        )

    def sample(self, value: Any, payload: bytes, context: Context) -> Answer:
        request = requests.sample_request(value, "input")
        done = self.engine().sample(request, lambda token: context.token(token_of(token)), context.cancelled)
        return Answer(
            {
                "finish": done.finish,
                "tokens": done.tokens,
                "reusedTokens": done.reused_tokens,
                "prefillSeconds": done.prefill_seconds,
                "decodeSeconds": done.decode_seconds,
            }
        )

    def score(self, value: Any, payload: bytes, context: Context) -> Answer:
        scores = self.engine().score(requests.score_request(value, "input"))
        answer: Json = {"logProbs": scores.log_probs, "entropies": scores.entropies}
        if scores.top_ids is None or scores.top_log_probs is None:
            return Answer(answer)
        ids, log_probs = scores.top_ids.cpu().numpy(), scores.top_log_probs.cpu().numpy()
        return Answer(answer, *encode_arrays([("topKIds", ids.astype("<i4")), ("topKLogProbs", log_probs)]))

    def hidden_states(self, value: Any, payload: bytes, context: Context) -> Answer:
        rows = self.engine().hidden_states(requests.score_request(value, "input", top_k=False))
        return Answer(None, *encode_arrays([("rows", rows.cpu().numpy())]))

    def evaluate(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        items = fields.get("items", requests.loss_items)
        fields.done()
        return Answer(report(self.engine().evaluate(items), 0.0))

    def forward_backward(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        items = fields.get("items", requests.loss_items)
        mode = fields.maybe("promptGradient", one_of("exact", "frozen"))
        fields.done()
        outcome = self.engine().forward_backward(items, "frozen" if mode == "frozen" else "exact" if mode else None)
        return Answer({**report(outcome.value, outcome.gradient_norm), "stats": stats_of(outcome)})

    def gradient_cosine(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        items = fields.get("items", requests.loss_items)
        fields.done()
        found = self.engine().gradient_cosine(items)
        return Answer({"cosine": found.cosine, "exactNorm": found.exact_norm, "frozenNorm": found.frozen_norm})

    def update(self, value: Any, payload: bytes, context: Context) -> Answer:
        found = self.engine().update(requests.optimizer_options(value, "input"))
        return Answer(
            {"gradientNorm": found.gradient_norm, "updateNorm": found.update_norm, "revision": found.revision}
        )

    def discard(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        fields.done()
        self.engine().discard()
        return Answer(None)

    def blend_shadow(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        name, rate = fields.get("name", text), fields.get("rate", number)
        fields.done()
        self.engine().blend_shadow(name, rate)
        return Answer(None)

    def snapshot(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        fields.done()
        data = self.engine().snapshot()
        return Answer({"bytes": len(data)}, {"kind": "bytes"}, data)

    def restore(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        fields.done()
        self.engine().restore(payload)
        return Answer(None)

    def reset(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        seed = fields.get("seed", integer)
        fields.done()
        self.engine().reset(seed)
        return Answer(None)

    def export_peft(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        directory = fields.get("directory", text)
        fields.done()
        self.engine().export_peft(Path(directory))
        return Answer(None)

    def import_peft(self, fields: Fields, payload: bytes, context: Context) -> Answer:
        directory = fields.get("directory", text)
        fields.done()
        self.engine().import_peft(Path(directory))
        return Answer(None)


WHOLE = frozenset({"open", "sample", "score", "hiddenStates", "update"})
"""Operations whose input is read as one value."""

OPERATIONS: dict[str, Callable[..., Answer]] = {
    "probe": Session.probe,
    "inspect": Session.inspect,
    "open": Session.open,
    "prepare": Session.prepare,
    "status": Session.status,
    "sample": Session.sample,
    "score": Session.score,
    "hiddenStates": Session.hidden_states,
    "evaluate": Session.evaluate,
    "forwardBackward": Session.forward_backward,
    "gradientCosine": Session.gradient_cosine,
    "update": Session.update,
    "discard": Session.discard,
    "blendShadow": Session.blend_shadow,
    "snapshot": Session.snapshot,
    "restore": Session.restore,
    "reset": Session.reset,
    "exportPeft": Session.export_peft,
    "importPeft": Session.import_peft,
}
