"""Draws a token from temperature-1 log-probabilities, as the pocket backend does."""

from __future__ import annotations

import torch
from torch import Tensor

from ..adapter.adamw import wide_dtype


def _pick(weights: Tensor, target: Tensor | float) -> Tensor:
    """The first index at which the running sum passes `target`; the last one with any mass where rounding leaves a
    crumb."""
    running = weights.cumsum(0)
    place = torch.searchsorted(running, torch.as_tensor(target, dtype=weights.dtype, device=weights.device), right=True)
    places = torch.arange(len(weights), device=weights.device)
    last = torch.where(weights > 0, places, 0).max()
    return torch.minimum(place, last)


def draw_token(log_probs: Tensor, temperature: float, top_p: float, uniform: float) -> Tensor:
    """The id drawn from [V], on its device. Temperature 0 takes the most likely, the first of equals. `top_p` below 1
    draws from the smallest set of most likely tokens that holds that much of the tempered mass (Holtzman et al.
    2020)."""
    if temperature == 0:
        return log_probs.argmax()
    wide = log_probs.to(wide_dtype(log_probs.device))
    weights = ((wide - wide.max()) / temperature).exp()
    if top_p >= 1:
        return _pick(weights, uniform * weights.sum())
    ordered, order = weights.sort(descending=True, stable=True)
    running = ordered.cumsum(0)
    # Kept until the mass before it has reached top_p; the first is always kept.
    inside = torch.cat((running.new_zeros(1), running[:-1])) < top_p * running[-1]
    inside[0] = True
    nucleus = ordered * inside
    return order.gather(0, _pick(nucleus, uniform * nucleus.sum()).view(1))[0]
