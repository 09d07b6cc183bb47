"""Values and gradients of losses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ..adapter.packed import Packed, PackedGroup
from ..adapter.state import AdapterState
from ..model.cache import Run
from ..protocol.requests import LossItem, PromptGradient
from .known import KnownCompletion
from .losses import ItemValues, Rows, RowsResult, rows_loss, slopes, total_mask
from .memory import checkpointed_layers
from .parts import ROWS, Parts, parameters_for
from .scoring import Scoring, Tokens


@dataclass
class PassStats:
    """What a pass cost."""

    teacher: Tokens = field(default_factory=Tokens)
    base: Tokens = field(default_factory=Tokens)
    student: Tokens = field(default_factory=Tokens)
    seconds: dict[str, float] = field(
        default_factory=lambda: {"teacher": 0.0, "base": 0.0, "forward": 0.0, "backward": 0.0}
    )
    checkpointing: str = "none"
    retries: int = 0


@dataclass(frozen=True)
class LossValue:
    loss: float
    items: list[ItemValues]
    stats: PassStats
    gradient: Tensor | None
    """Flat, in the adapter's layout; None where only the value was asked for."""


@dataclass(frozen=True)
class _Size:
    """How much a backward pass keeps and computes at once."""

    checkpointed: int
    rows: int


class LossPass:
    def __init__(self, parts: Parts, scoring: Scoring, checkpointing: str) -> None:
        self._parts = parts
        self._scoring = scoring
        self._checkpointing = checkpointing

    def evaluate(self, state: AdapterState, items: list[LossItem]) -> LossValue:
        """Loss without gradient, from the distributions alone."""
        total = total_mask(items)
        stats = PassStats()
        values: list[ItemValues] = []
        loss = 0.0
        for item in items:
            teacher, base = self._targets(state, item, stats)
            student = self._scoring.distributions(state.parameters, item.prompt_ids, item.completion_ids, stats.student)
            parts = [
                rows_loss(item, self._rows(item, total, teacher, base, start), student[start : start + ROWS], False)
                for start in range(0, len(student), ROWS)
            ]
            loss += sum(float(part.loss) for part in parts)
            values.append(_values(item, parts))
        return LossValue(loss, values, stats, None)

    def gradient(self, state: AdapterState, items: list[LossItem], mode: PromptGradient) -> LossValue:
        """Loss and its gradient."""
        total = total_mask(items)
        stats = PassStats()
        values: list[ItemValues] = []
        loss = 0.0
        gradient: Tensor | None = None
        for item in items:
            result = self._smaller(state, item, total, mode, stats)
            loss += sum(float(part.loss) for part in result.parts)
            values.append(_values(item, result.parts))
            gradient = result.gradient if gradient is None else gradient + result.gradient
        return LossValue(loss, values, stats, gradient)

    def _smaller(
        self, state: AdapterState, item: LossItem, total: float, mode: PromptGradient, stats: PassStats
    ) -> _Result:
        """One item's pass, as large as memory allows."""
        parts = self._parts
        ids = parts.rules.scored_sequence(item.prompt_ids, item.completion_ids)
        teacher, base = self._targets(state, item, stats)
        prefix = self._prompt(state, item, stats) if mode == "frozen" and len(item.prompt_ids) > 1 else None
        if prefix is not None:
            ids = ids[len(prefix.ids) :]
        sizes = self._sizes(len(ids), 0 if prefix is None else len(prefix.ids))

        def run(index: int) -> _Result:
            return self._item(state, item, ids, prefix, total, teacher, base, sizes[index], stats)

        result, retries = parts.memory.shrinking(f"a lesson of {len(ids)} tokens", list(range(len(sizes))), run)
        layers = sizes[retries].checkpointed
        stats.retries += retries
        stats.checkpointing = "none" if layers == 0 else "all" if layers == parts.config.layers else "some"
        stats.student.computed += len(ids)
        if prefix is not None:
            parts.cache.put(prefix)
        self._remember(state, item, result.parts, result.student)
        return result

    def _sizes(self, tokens: int, past: int) -> list[_Size]:
        """What to try one after another when memory runs out."""
        parts = self._parts
        planned = checkpointed_layers(
            parts.config,
            parts.layout.lora,
            tokens,
            parts.decoder.dtype.itemsize,
            parts.memory.free(),
            self._checkpointing,
            past,
        )
        every = parts.config.layers
        sizes = [_Size(planned, ROWS), _Size(every, ROWS), _Size(every, ROWS // 4), _Size(every, ROWS // 16)]
        return sizes[1:] if planned == every else sizes

    def _item(
        self,
        state: AdapterState,
        item: LossItem,
        ids: list[int],
        prefix: Run | None,
        total: float,
        teacher: Tensor | None,
        base: Tensor | None,
        size: _Size,
        stats: PassStats,
    ) -> _Result:
        parts = self._parts
        started = parts.now()
        adapter = self._leaves(state)
        count = len(item.completion_ids)
        with torch.enable_grad():
            hidden = parts.decoder.train(ids, count, adapter, size.checkpointed, prefix)
        outputs = hidden.detach()
        to_hidden = torch.empty_like(outputs)
        keep = count * parts.config.vocabulary_size * 4 <= KEEP_BYTES and size.rows == ROWS
        results: list[RowsResult] = []
        student: list[Tensor] = []
        for start in range(0, count, size.rows):
            rows = slice(start, start + size.rows)
            s = torch.log_softmax(parts.decoder.logits(outputs[rows]), -1)
            result = rows_loss(item, self._rows(item, total, teacher, base, start, size.rows), s, True)
            if result.to_logits is not None:
                to_hidden[rows] = result.to_logits.to(parts.decoder.dtype) @ parts.decoder.weights.head
            else:
                to_hidden[rows] = 0
            results.append(replace(result, to_logits=None))
            if keep:
                student.append(s)
        forward = parts.now()
        names = list(adapter)
        leaves = [leaf for name in names for leaf in (adapter[name].a, adapter[name].b)]
        found = torch.autograd.grad(hidden, leaves, to_hidden, allow_unused=True)
        grown = [torch.zeros_like(leaf) if g is None else g for leaf, g in zip(leaves, found, strict=True)]
        packed: Packed = {name: PackedGroup(grown[2 * index], grown[2 * index + 1]) for index, name in enumerate(names)}
        gradient = parts.packing.read(packed)
        backward = parts.now()
        stats.seconds["forward"] += forward - started
        stats.seconds["backward"] += backward - forward
        return _Result(results, gradient, torch.cat(student) if student else None)

    def _leaves(self, state: AdapterState) -> Packed:
        """The packed adapter as leaves of a graph. At B = 0 it is packed too: its gradient is not zero."""
        parts = self._parts
        source = parts.adapter(state.parameters)
        if source is None:
            source = parts.packing.empty(parts.decoder.dtype, parts.device)
            parts.packing.write(source, state.parameters.vector)
        return {
            name: PackedGroup(group.a.detach().requires_grad_(), group.b.detach().requires_grad_())
            for name, group in source.items()
        }

    def _prompt(self, state: AdapterState, item: LossItem, stats: PassStats) -> Run:
        """The prompt but its last token, computed as constants."""
        run = self._parts.cache.take(state.parameters.key, item.prompt_ids)
        rest = item.prompt_ids[:-1]
        if len(run.ids) < len(rest):
            done = self._scoring.extend(run, rest, 0, state.parameters)
            stats.student.computed += done.computed
            stats.student.reused += done.reused
        else:
            stats.student.reused += len(rest)
        return run

    def _targets(self, state: AdapterState, item: LossItem, stats: PassStats) -> tuple[Tensor | None, Tensor | None]:
        """Distributions of the teacher and of the base, one after the other on the same kept keys and values."""
        parts, scoring = self._parts, self._scoring
        started = parts.now()
        teacher = base = None
        if item.teacher is not None:
            weights = parameters_for(state, item.teacher.weights)
            teacher = scoring.distributions(weights, item.teacher.prompt_ids, item.completion_ids, stats.teacher)
        middle = parts.now()
        if item.base_kl != 0:
            base = scoring.distributions(None, item.prompt_ids, item.completion_ids, stats.base)
        stats.seconds["teacher"] += middle - started
        stats.seconds["base"] += parts.now() - middle
        return teacher, base

    def _rows(
        self,
        item: LossItem,
        total: float,
        teacher: Tensor | None,
        base: Tensor | None,
        start: int,
        count: int = ROWS,
    ) -> Rows:
        device = self._parts.device
        wide = torch.float64 if self._parts.decoder.dtype == torch.float64 else torch.float32
        rows = slice(start, start + count)
        share, slope = slopes(item, total)
        old = item.old_log_probs

        def vector(values: list[float]) -> Tensor:
            return torch.tensor(values[rows], dtype=wide, device=device)

        return Rows(
            targets=torch.tensor(item.completion_ids[rows], device=device),
            share=vector(share),
            slope=vector(slope),
            old=None if old is None else vector(old),
            teacher=None if teacher is None else teacher[rows],
            base=None if base is None else base[rows],
        )

    def _remember(self, state: AdapterState, item: LossItem, results: list[RowsResult], student: Tensor | None) -> None:
        if student is None or not results or state.parameters.is_base:
            return
        self._parts.known.add(
            KnownCompletion(state.parameters.key, list(item.prompt_ids), list(item.completion_ids), student)
        )


KEEP_BYTES = 128 * 2**20
"""The student's distributions are remembered up to this size."""


@dataclass(frozen=True)
class _Result:
    parts: list[RowsResult]
    gradient: Tensor
    student: Tensor | None


def _values(item: LossItem, parts: list[RowsResult]) -> ItemValues:
    def joined(name: str) -> list[float]:
        return torch.cat([getattr(part, name) for part in parts]).tolist()

    distill = item.tag == "Distill"
    return ItemValues(
        log_probs=joined("log_probs"),
        teacher_log_probs=joined("teacher_log_probs") if distill else None,
        divergences=joined("divergences") if distill else None,
        base_kls=joined("base_kls"),
        ratios=joined("ratios"),
    )
