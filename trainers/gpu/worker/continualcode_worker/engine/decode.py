"""One token after another: plainly, or over a static cache through a captured CUDA graph."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor
from torch._dynamo import maybe_mark_dynamic

from ..adapter.packed import Packed
from ..adapter.state import Parameters
from ..devices import is_out_of_memory
from ..model.attention import PIECE
from ..model.cache import Run
from .decode_layer import StepTensors, adapter_of, decode_layer, sizes_of, tensors_of
from .parts import Parts, key_of

log = logging.getLogger(__name__)
Layer = Callable[..., Tensor]


class Stepper(Protocol):
    ahead: bool
    """Steps are queued on the device, so the next may be asked for before the last is looked at."""

    def step(self, token: Tensor) -> Tensor:
        """Log-probabilities [V] after one more token. Valid until the next step."""
        ...

    def finish(self, fed: list[int]) -> None:
        """Brings the run up to date with the tokens that were fed and are wanted."""
        ...


class PlainStepper:
    """Appends to the run itself."""

    ahead = False

    def __init__(self, parts: Parts, run: Run, parameters: Parameters | None) -> None:
        self._parts = parts
        self._run = run
        self._adapter = parts.adapter(parameters)

    def step(self, token: Tensor) -> Tensor:
        decoder = self._parts.decoder
        hidden = decoder.extend(self._run, [int(token)], 1, self._adapter, 1)
        return torch.log_softmax(decoder.logits(hidden)[0], -1)

    def finish(self, fed: list[int]) -> None:
        pass


@contextmanager
def unordered() -> Iterator[None]:
    """Deterministic algorithms off. A step writes one position, the same in any order; the ordered form of that
    would sort, in every layer of every step."""
    ordered, warn = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(False)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(ordered, warn_only=warn)


class StaticDecoder:
    """The whole of one step with fixed shapes and addresses: ids, position, cache and adapter lie in buffers."""

    def __init__(self, parts: Parts, room: int, capture: bool, layer: Layer = decode_layer) -> None:
        config, device, dtype = parts.config, parts.device, parts.decoder.dtype
        self._parts = parts
        self.room = room
        shape = (config.layers, config.key_value_heads, room, config.head_size)
        self.keys = torch.zeros(shape, dtype=dtype, device=device)
        self.values = torch.zeros(shape, dtype=dtype, device=device)
        self.adapter: Packed = parts.packing.empty(dtype, device)
        self._key = 0
        self.token = torch.zeros(1, dtype=torch.int64, device=device)
        self.position = torch.zeros(1, dtype=torch.int64, device=device)
        self._places = torch.arange(room, device=device)
        self._sizes = sizes_of(config, parts.decoder.scale)
        self._adapters = [adapter_of(self.adapter, index) for index in range(config.layers)]
        self._layer = layer
        self._caches = list(zip(self.keys.unbind(0), self.values.unbind(0), strict=True))
        for cache in self._caches:
            for part in cache:
                # Another room is another shape, but no reason to compile again.
                maybe_mark_dynamic(part, 1)
        self._graph: torch.cuda.CUDAGraph | None = None
        with unordered():
            self.log_probs = self._first()
            if capture:
                self._record()

    def _first(self) -> Tensor:
        """Runs the body once, which compiles it; a compiler that is not there or fails is done without."""
        try:
            return self._body()
        except Exception as error:
            if self._layer is decode_layer or is_out_of_memory(error):
                raise
            log.warning("decoding goes on without compiled kernels: %s", str(error).splitlines()[:1])
        self._layer = decode_layer
        return self._body()

    def _record(self) -> None:
        side = torch.cuda.Stream(self._parts.device)  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        graph = torch.cuda.CUDAGraph()
        # Warmed up on the stream that captures, as libraries keep a workspace for each. A capture that fails leaves its
        # stream current; the outer context takes it back.
        with torch.cuda.stream(side):
            for _ in range(3):
                self._body()
            with torch.cuda.graph(graph, stream=side):
                self.log_probs = self._body()
        torch.cuda.current_stream().wait_stream(side)
        self._graph = graph

    @torch.no_grad()
    def _body(self) -> Tensor:
        decoder = self._parts.decoder
        x = F.embedding(self.token, decoder.weights.embedding)
        cos, sin = (part.index_select(0, self.position) for part in decoder.table)
        hidden = self._places > self.position
        maybe_mark_dynamic(hidden, 0)
        step = StepTensors(self.position, cos, sin, hidden)
        for index, weights in enumerate(decoder.weights.layers):
            tensors, adapter = tensors_of(weights), self._adapters[index]
            keys, values = self._caches[index]
            x = self._layer(x, keys, values, step, tensors, adapter, self._sizes)
        return torch.log_softmax(decoder.logits(decoder.norm(x, decoder.weights.final_norm))[0], -1)

    def load(self, run: Run, parameters: Parameters | None) -> None:
        """Takes over a run and the weights it was computed under."""
        length = len(run.ids)
        self.keys[:, :, :length].copy_(run.keys[:, :, :length])
        self.values[:, :, :length].copy_(run.values[:, :, :length])
        self.position.fill_(length - 1)
        if key_of(parameters) != self._key:
            source = self._parts.adapter(parameters)
            for name, group in self.adapter.items():
                for target, part in ((group.a, "a"), (group.b, "b")):
                    if source is None:
                        target.zero_()
                    else:
                        target.copy_(getattr(source[name], part))
            self._key = key_of(parameters)

    def replay(self) -> Tensor:
        self.position.add_(1)
        if self._graph is None:
            return self._body()
        self._graph.replay()
        return self.log_probs


class StaticStepper:
    """Steps on a static decoder; what it computed goes back into the run at the end."""

    ahead = True

    def __init__(self, static: StaticDecoder, run: Run, parameters: Parameters | None) -> None:
        self._static = static
        self._run = run
        static.load(run, parameters)

    def step(self, token: Tensor) -> Tensor:
        self._static.token.copy_(token.view(1))
        return self._static.replay()

    def finish(self, fed: list[int]) -> None:
        run, static = self._run, self._static
        start = len(run.ids)
        end = start + len(fed)
        run.reserve(end)
        run.keys[:, :, start:end].copy_(static.keys[:, :, start:end])
        run.values[:, :, start:end].copy_(static.values[:, :, start:end])
        run.ids.extend(fed)


def compiled_layer(backend: str = "inductor") -> Layer:
    """The layer with its small operations fused into few kernels. Nothing is compiled before the first call."""
    return torch.compile(decode_layer, fullgraph=True, dynamic=False, backend=backend)


def room_for(length: int, context: int, smallest: int = 1024) -> int:
    """Positions of a static cache for `length`: 1, 1.5, 2, 3, 4, 6, ... times the smallest, a power of 2, so that a
    conversation outgrows it seldom and at most a third stays empty; never more than the context has."""
    room = smallest
    while room < length:
        room = room * 3 // 2 if room & (room - 1) == 0 else room // 3 * 4
    # The longest sequence has one position more than the context, for a token that is fed and never looked at.
    return -(-max(length, min(room, context + 1)) // PIECE) * PIECE


class Steppers:
    """Chooses how to step: through a graph where the device has them and memory allows."""

    def __init__(
        self, parts: Parts, static: bool | None = None, smallest: int = 1024, layer: Layer | None = None
    ) -> None:
        self._parts = parts
        self._capture = parts.device.type == "cuda"
        # Compiled once for all layers and rooms of one length; the compiler keeps its work on disk for the next start.
        self._layer = layer or (compiled_layer() if self._capture else decode_layer)
        self._enabled = self._capture if static is None else static
        self._smallest = smallest
        self._static: StaticDecoder | None = None

    def drop(self) -> None:
        """Frees the static cache; it is made again when needed."""
        self._static = None

    def stepper(self, run: Run, parameters: Parameters | None, more: int) -> Stepper:
        """Steps after a run, at most `more` of them."""
        static = self._room_for(len(run.ids) + more + 1)
        if static is None:
            return PlainStepper(self._parts, run, parameters)
        return StaticStepper(static, run, parameters)

    def _room_for(self, length: int) -> StaticDecoder | None:
        if not self._enabled:
            return None
        if self._static is not None and self._static.room >= length:
            return self._static
        self._static = None
        room = room_for(length, self._parts.decoder.length, self._smallest)
        try:
            self._static = StaticDecoder(self._parts, room, self._capture, self._layer)
        except (RuntimeError, MemoryError) as error:
            # Without a graph decoding is slower, not wrong. Memory may be there again later; other trouble stays.
            self._enabled = is_out_of_memory(error)
            log.warning("decoding goes on without a captured graph: %s", error)
        return self._static
