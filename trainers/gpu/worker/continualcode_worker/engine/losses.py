"""The loss of the contract on logits, with its gradient in closed form.

    sum_t ratio_t (m_t / M) D_t + c_t log p(y_t) ratio_t + (m_t / M) beta KL(p_t || base_t)

over the completion tokens y, M the sum of all items' masks, D one divergence of student p and teacher q, c_t =
-(m_t / M) A_t or -(m_t / M). Ratio, advantage, teacher and base are detached. Derivatives by the logits z, s = log p:

    KL(p || q)   p (s - log q - KL)
    KL(q || p)   p - q
    JSD_a        (1 - a) p (r - sum p r),  r = s - log M,  M = (1 - a) p + a q
    log p(y)     onehot(y) - p
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import WorkerError
from ..protocol.requests import Divergence, LossItem


@dataclass
class ItemValues:
    """Per-token values of one item, each a list of length T."""

    log_probs: list[float]
    teacher_log_probs: list[float] | None
    divergences: list[float] | None
    base_kls: list[float]
    ratios: list[float]


@dataclass(frozen=True)
class Rows:
    """Some rows of one item, on the device. Distributions are log-probabilities [R, V]."""

    targets: Tensor
    share: Tensor
    """m_t / M."""
    slope: Tensor
    """c_t; zero for Distill."""
    old: Tensor | None
    teacher: Tensor | None
    base: Tensor | None


@dataclass(frozen=True)
class RowsResult:
    loss: Tensor
    to_logits: Tensor | None
    log_probs: Tensor
    teacher_log_probs: Tensor
    divergences: Tensor
    base_kls: Tensor
    ratios: Tensor


def mask_of(item: LossItem) -> list[float]:
    return item.mask if item.mask is not None else [1.0] * len(item.completion_ids)


def check_item(item: LossItem) -> None:
    """Fails for lists of the wrong length, numbers that are not finite and divergence weights out of range."""
    lists = {"mask": item.mask, "oldLogProbs": item.old_log_probs, "advantages": item.advantages}
    for name, values in lists.items():
        if values is None:
            continue
        if len(values) != len(item.completion_ids):
            raise WorkerError(
                "Unsupported",
                f"{name} has {len(values)} numbers for {len(item.completion_ids)} completion tokens. Give one each.",
            )
        if not all(math.isfinite(value) for value in values):
            raise _not_finite(name)
    if not math.isfinite(item.base_kl):
        raise _not_finite("baseKl")
    if item.top_k is not None and item.top_k < 1:
        raise WorkerError("Unsupported", f"topK is {item.top_k}. Give a whole number of at least 1.")
    if item.divergence is not None and item.divergence.kind == "jsd" and not 0 < item.divergence.alpha < 1:
        raise WorkerError(
            "Unsupported",
            f"jsd alpha is {item.divergence.alpha}. Give a number between 0 and 1, both left out.",
        )


def _not_finite(name: str) -> WorkerError:
    return WorkerError("NonFinite", f"{name} holds a number that is not finite; nothing was changed. Check the lesson.")


def total_mask(items: list[LossItem]) -> float:
    for item in items:
        check_item(item)
    total = sum(sum(mask_of(item)) for item in items)
    if not total > 0:
        raise WorkerError("Unsupported", "The masks leave no token to learn from. Give a completion.")
    return total


def slopes(item: LossItem, total: float) -> tuple[list[float], list[float]]:
    """Per token m_t / M and c_t."""
    share = [weight / total for weight in mask_of(item)]
    if item.tag == "PolicyGradient":
        return share, [-weight * advantage for weight, advantage in zip(share, item.advantages or [], strict=True)]
    if item.tag == "CrossEntropy":
        return share, [-weight for weight in share]
    return share, [0.0] * len(share)


def ratio_bounds(item: LossItem) -> tuple[float, float]:
    """Without old log-probabilities the ratio is 1."""
    if item.old_log_probs is None:
        return 1.0, 1.0
    return item.ratio_clip if item.ratio_clip is not None else (0.0, math.inf)


def with_tail(s: Tensor, log_q: Tensor, k: int) -> Tensor:
    """The teacher that makes a divergence over the vocabulary one over the student's K likeliest tokens and a tail.

    Its own probabilities on those, the rest of its mass spread over the others as the student spreads his. With S the K
    tokens, KL(p || q') = sum_S p (s - log q) + p_tail (log p_tail - log q_tail), and likewise for the other divergences
    and for the derivatives by the student's logits. Both [R, V], log-probabilities.
    """
    if k >= s.shape[-1]:
        return log_q
    # Stable: of equally likely tokens those with the smaller ids.
    likeliest = torch.sort(s, dim=-1, descending=True, stable=True).indices[:, :k]
    kept = torch.zeros_like(s, dtype=torch.bool).scatter_(1, likeliest, True)

    def rest(x: Tensor) -> Tensor:
        return x.masked_fill(kept, -math.inf).logsumexp(-1, keepdim=True)

    gap = rest(log_q) - rest(s)
    return torch.where(kept | ~gap.isfinite(), log_q, s + gap)


def _divergence(
    divergence: Divergence, s: Tensor, p: Tensor, log_q: Tensor, want: bool
) -> tuple[Tensor, Tensor | None]:
    """Value [R] and, where wanted, derivative by the logits [R, V]."""
    if divergence.kind == "forward_kl":
        q = log_q.exp()
        return (q * (log_q - s)).sum(-1), p - q if want else None
    if divergence.kind == "reverse_kl":
        difference = s - log_q
        value = (p * difference).sum(-1)
        return value, p * (difference - value[:, None]) if want else None
    alpha = divergence.alpha
    log_m = torch.logaddexp(s + math.log1p(-alpha), log_q + math.log(alpha))
    r = s - log_m
    student = (p * r).sum(-1)
    value = (1 - alpha) * student + alpha * (log_q.exp() * (log_q - log_m)).sum(-1)
    return value, (1 - alpha) * p * (r - student[:, None]) if want else None


def rows_loss(item: LossItem, rows: Rows, s: Tensor, want_gradient: bool) -> RowsResult:
    """The part of an item's loss on some rows with student log-probabilities s [R, V], and its derivative by the
    logits."""
    p = s.exp()
    own = s.gather(1, rows.targets[:, None])[:, 0]
    ratio = torch.ones_like(own)
    if rows.old is not None:
        low, high = ratio_bounds(item)
        ratio = (own - rows.old).clamp(-20, 20).exp().clamp(low, high)
    zeros = torch.zeros_like(own)
    gradient: Tensor | None = None
    weight = rows.slope * ratio
    loss = (weight * own).sum()
    if want_gradient and item.tag != "Distill":
        gradient = -p * weight[:, None]
        gradient.scatter_add_(1, rows.targets[:, None], weight[:, None])
    divergence, teacher_own = zeros, zeros
    if item.divergence is not None and rows.teacher is not None:
        teacher = rows.teacher if item.top_k is None else with_tail(s, rows.teacher, item.top_k)
        divergence, to_logits = _divergence(item.divergence, s, p, teacher, want_gradient)
        teacher_own = rows.teacher.gather(1, rows.targets[:, None])[:, 0]
        loss = loss + (rows.share * ratio * divergence).sum()
        if to_logits is not None:
            gradient = to_logits.mul_((rows.share * ratio)[:, None])
    base_kl = zeros
    if rows.base is not None:
        base_kl, to_logits = _divergence(Divergence("reverse_kl"), s, p, rows.base, want_gradient)
        factor = rows.share * item.base_kl
        loss = loss + (factor * base_kl).sum()
        if to_logits is not None:
            to_logits.mul_(factor[:, None])
            gradient = to_logits if gradient is None else gradient.add_(to_logits)
    return RowsResult(loss, gradient, own, teacher_own, divergence, base_kl, ratio)
