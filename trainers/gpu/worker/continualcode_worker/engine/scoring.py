"""Distributions of completions under some weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..adapter.state import Parameters
from ..model.cache import Run
from .known import KnownCompletion
from .parts import PIECES, ROWS, Parts, Prefilled, key_of


@dataclass
class Tokens:
    """What a pass computed and what it had from before."""

    reused: int = 0
    computed: int = 0


class Scoring:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def extend(self, run: Run, ids: list[int], rows: int, parameters: Parameters | None) -> Prefilled:
        """Appends the rest of `ids` to a run that is their beginning; the last `rows` outputs."""
        parts = self._parts
        adapter = parts.adapter(parameters)
        start = len(run.ids)
        hidden, _ = parts.memory.shrinking(
            f"{len(ids)} tokens", PIECES, lambda piece: parts.decoder.extend(run, ids[start:], rows, adapter, piece)
        )
        return Prefilled(hidden, start, len(ids) - start)

    def log_probs(self, hidden: Tensor) -> Tensor:
        """[R, V] of the outputs [R, hidden]."""
        decoder = self._parts.decoder
        wide = torch.float64 if decoder.dtype == torch.float64 else torch.float32
        result = torch.empty(len(hidden), self._parts.config.vocabulary_size, dtype=wide, device=hidden.device)
        for start in range(0, len(hidden), ROWS):
            torch.log_softmax(decoder.logits(hidden[start : start + ROWS]), -1, out=result[start : start + ROWS])
        return result

    def hidden(
        self, parameters: Parameters | None, prompt_ids: list[int], completion_ids: list[int], tokens: Tokens
    ) -> Tensor:
        """What the head reads for each token of a completion, [C, hidden]."""
        parts = self._parts
        ids = parts.rules.scored_sequence(prompt_ids, completion_ids)
        # All of the completion's rows are computed, so the part that is reused must end before them.
        run = parts.cache.take(key_of(parameters), prompt_ids)
        done = self.extend(run, ids, len(completion_ids), parameters)
        parts.cache.put(run)
        tokens.reused += done.reused
        tokens.computed += done.computed
        return done.hidden

    def distributions(
        self, parameters: Parameters | None, prompt_ids: list[int], completion_ids: list[int], tokens: Tokens
    ) -> Tensor:
        """Log-probabilities [C, V] of a completion."""
        parts = self._parts
        ids = parts.rules.scored_sequence(prompt_ids, completion_ids)
        key = key_of(parameters)
        found = parts.known.find(key, prompt_ids, completion_ids)
        if found is not None:
            tokens.reused += len(ids)
            return found
        hidden = self.hidden(parameters, prompt_ids, completion_ids, tokens)
        rows, _ = parts.memory.shrinking(
            f"the distributions of {len(completion_ids)} tokens", [0, 0], lambda _: self.log_probs(hidden)
        )
        parts.known.add(KnownCompletion(key, list(prompt_ids), list(completion_ids), rows))
        return rows
