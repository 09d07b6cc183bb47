"""Distributions of completions, remembered: a lesson asks for the teacher's and the base's at every inner step."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class KnownCompletion:
    key: int
    """Equal for equal weights."""
    prompt_ids: list[int]
    completion_ids: list[int]
    """The last id has no influence on the rows."""
    rows: Tensor
    """[C, V], nats."""


class KnownRows:
    """The last completions up to a number of bytes; the last used first."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._known: list[KnownCompletion] = []

    def add(self, completion: KnownCompletion) -> None:
        kept: list[KnownCompletion] = []
        size = 0
        for known in (completion, *self._known):
            size += known.rows.nbytes
            if size > self._capacity:
                break
            kept.append(known)
        self._known = kept

    def find(self, key: int, prompt_ids: list[int], completion_ids: list[int]) -> Tensor | None:
        count = len(completion_ids)
        for known in self._known:
            if (
                known.key == key
                and len(known.completion_ids) >= count
                and known.prompt_ids == prompt_ids
                and known.completion_ids[: count - 1] == completion_ids[: count - 1]
            ):
                self._known = [known, *(other for other in self._known if other is not known)]
                return known.rows[:count]
        return None

    def keep(self, keys: set[int]) -> None:
        self._known = [known for known in self._known if known.key in keys]

    def clear(self) -> None:
        self._known = []
