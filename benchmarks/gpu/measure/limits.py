"""What the device itself can do, measured in the same run: the rate of a matrix product and of reading memory."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from .models import Place


def fastest(place: Place, run: Callable[[], object], seconds: float = 0.6, least: int = 3) -> float:
    """The shortest time of one run, in seconds."""
    run()
    place.synchronize()
    best, started, count = float("inf"), time.perf_counter(), 0
    while count < least or time.perf_counter() - started < seconds:
        before = time.perf_counter()
        run()
        place.synchronize()
        best = min(best, time.perf_counter() - before)
        count += 1
    return best


def matmul_rate(place: Place) -> float:
    """The best rate of a matrix product over some sizes, in operations per second; a multiply and an add are two."""
    best = 0.0
    for size in (4096, 8192, 12_288) if place.device.type == "cuda" else (512, 1024):
        a, b = (torch.randn(size, size, dtype=place.dtype, device=place.device) for _ in range(2))
        out = torch.empty_like(a)
        # Several in a row, so that the time of a call does not count.
        repeats = 4
        taken = fastest(place, lambda: [torch.mm(a, b, out=out) for _ in range(repeats)])  # noqa: B023
        best = max(best, repeats * 2 * size**3 / taken)
    return best


def bandwidth(place: Place) -> float:
    """Bytes per second of the better of copying (read and written bytes) and adding up (read bytes)."""
    count = 2**31 if place.device.type == "cuda" else 2**27
    source = torch.ones(count // 4, dtype=torch.float32, device=place.device)
    target = torch.empty_like(source)
    copied = 2 * count / fastest(place, lambda: target.copy_(source))
    summed = count / fastest(place, lambda: source.sum())
    return max(copied, summed)
