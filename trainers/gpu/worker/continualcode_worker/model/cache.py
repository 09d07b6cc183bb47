"""Keys and values of runs of tokens, kept between turns."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .config import ModelConfig

STEP = 512
"""Room is made in steps of this many positions."""
SHORTEST = 256
"""A shared beginning below this is computed again: it costs nothing, and equal short requests then give equal bits."""
CAPACITY = 4


class Run:
    """Tokens and their keys and values under some weights. `keys` and `values` are [layers, K, room, D]."""

    def __init__(self, config: ModelConfig, key: int, dtype: torch.dtype, device: torch.device) -> None:
        shape = (config.layers, config.key_value_heads, 0, config.head_size)
        self.key = key
        self.ids: list[int] = []
        self.keys = torch.empty(shape, dtype=dtype, device=device)
        self.values = torch.empty(shape, dtype=dtype, device=device)

    @property
    def bytes(self) -> int:
        return self.keys.nbytes + self.values.nbytes

    def reserve(self, length: int) -> None:
        """Makes room for `length` positions; what is there stays."""
        room = self.keys.shape[2]
        if length <= room:
            return
        wanted = -(-max(length, room + room // 4) // STEP) * STEP
        kept = len(self.ids)
        for name in ("keys", "values"):
            old: Tensor = getattr(self, name)
            new = old.new_empty(old.shape[0], old.shape[1], wanted, old.shape[3])
            new[:, :, :kept].copy_(old[:, :, :kept])
            setattr(self, name, new)


def shared_length(a: Sequence[int], b: Sequence[int], limit: int) -> int:
    """How many of the first `limit` entries are equal, by halving over slices: prompts are long."""
    high = min(limit, len(a), len(b))
    if a[:high] == b[:high]:
        return high
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle
    return low


class RunCache:
    """The last few runs. A run belongs to one weights key; runs under weights that are gone are dropped."""

    def __init__(self, config: ModelConfig, dtype: torch.dtype, device: torch.device) -> None:
        self._config = config
        self._dtype = dtype
        self._device = device
        self._runs: list[Run] = []
        self.reuse = True

    @property
    def bytes(self) -> int:
        return sum(run.bytes for run in self._runs)

    def tokens(self, key: int) -> int:
        return sum(len(run.ids) for run in self._runs if run.key == key)

    def take(self, key: int, ids: Sequence[int]) -> Run:
        """A run that is a beginning of `ids` under `key`, at least the last id left to compute. It is the caller's,
        who gives it back with `put`. A run that shares less than half of itself stays, and its beginning is copied."""
        limit = len(ids) - 1
        best, length = None, 0
        for run in self._runs if self.reuse else ():
            shared = shared_length(run.ids, ids, limit) if run.key == key else 0
            if shared > length:
                best, length = run, shared
        fresh = Run(self._config, key, self._dtype, self._device)
        if best is None or length < SHORTEST:
            return fresh
        if 2 * length >= len(best.ids):
            self._runs.remove(best)
            del best.ids[length:]
            return best
        fresh.reserve(length)
        fresh.keys[:, :, :length].copy_(best.keys[:, :, :length])
        fresh.values[:, :, :length].copy_(best.values[:, :, :length])
        fresh.ids = list(ids[:length])
        return fresh

    def put(self, run: Run) -> None:
        if len(run.ids) >= SHORTEST:
            self._runs = [run, *self._runs][:CAPACITY]

    def keep(self, keys: set[int]) -> None:
        """Drops runs under any other weights."""
        self._runs = [run for run in self._runs if run.key in keys]

    def clear(self) -> None:
        self._runs = []
