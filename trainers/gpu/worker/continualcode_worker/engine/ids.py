"""Checks of token ids."""

from __future__ import annotations

from ..errors import WorkerError


class IdRules:
    """Ids of one model's vocabulary and window."""

    def __init__(self, vocabulary_size: int, context_length: int) -> None:
        self._vocabulary_size = vocabulary_size
        self._context_length = context_length

    def _check(self, what: str, ids: list[int]) -> None:
        if not ids:
            raise WorkerError("Unsupported", f"The {what} is empty. Give at least one token.")
        if min(ids) < 0 or max(ids) >= self._vocabulary_size:
            bad = next(token for token in ids if not 0 <= token < self._vocabulary_size)
            raise WorkerError(
                "Tokenizer",
                f"The {what} has token id {bad}, outside 0 to {self._vocabulary_size - 1}. "
                "Use this model's own tokenizer.",
            )

    def _check_length(self, length: int) -> None:
        if length > self._context_length:
            raise WorkerError(
                "ContextTooLong",
                f"{length} tokens do not fit into the model's context of {self._context_length}. "
                "Start a fresh conversation or shorten it.",
            )

    def room_after(self, prompt_ids: list[int]) -> int:
        """How many tokens may follow a prompt; at least one must fit."""
        self._check("prompt", prompt_ids)
        self._check_length(len(prompt_ids) + 1)
        return self._context_length - len(prompt_ids)

    def scored_sequence(self, prompt_ids: list[int], completion_ids: list[int]) -> list[int]:
        """Prompt and completion without its last token: the ids whose outputs predict the completion."""
        self._check("prompt", prompt_ids)
        self._check("completion", completion_ids)
        self._check_length(len(prompt_ids) + len(completion_ids))
        return prompt_ids + completion_ids[:-1]
