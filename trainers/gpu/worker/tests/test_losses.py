"""Losses against plain numpy forms; gradients against autograd and against central differences through the whole
model."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from models import FAMILIES, make_engine, scatter, some_ids, write_model

from continualcode_worker.engine.engine import Engine
from continualcode_worker.engine.losses import Rows, rows_loss, with_tail
from continualcode_worker.errors import WorkerError
from continualcode_worker.protocol.requests import Divergence, LossItem, ScoreRequest, Teacher, Weights

PROMPT, COMPLETION, CORRECTED = some_ids(2, 9), some_ids(3, 5), some_ids(4, 14)
TEACHER = Teacher(CORRECTED, Weights("Base"))
OLD = [-3.2, -3.6, -2.9, -3.4, -3.1]
ADVANTAGES = [1.0, -0.5, 2.0, 0.3, -1.0]
MASK = [1.0, 0.0, 1.0, 1.0, 0.5]


def _distill(kind: str, alpha: float = 0.5) -> LossItem:
    divergence = Divergence(kind, alpha)  # type: ignore[arg-type]
    return LossItem("Distill", PROMPT, COMPLETION, divergence=divergence, teacher=TEACHER)


ITEMS: dict[str, LossItem] = {
    "reverse KL": _distill("reverse_kl"),
    "forward KL": _distill("forward_kl"),
    "JSD 0.1": _distill("jsd", 0.1),
    "JSD 0.5": _distill("jsd", 0.5),
    "JSD 0.9": _distill("jsd", 0.9),
    "reverse KL, mask, base KL": dataclasses.replace(_distill("reverse_kl"), mask=MASK, base_kl=0.5),
    "policy gradient, base KL": LossItem("PolicyGradient", PROMPT, COMPLETION, advantages=ADVANTAGES, base_kl=0.1),
    "cross-entropy": LossItem("CrossEntropy", PROMPT, COMPLETION),
}
RATIO: dict[str, Any] = {"old_log_probs": OLD, "ratio_clip": (0.5, 2.0)}


def _numpy_loss(item: LossItem, s: np.ndarray, q: np.ndarray, base: np.ndarray) -> float:
    """The loss as the contract says it, token by token."""
    mask = item.mask or [1.0] * len(COMPLETION)
    total = 0.0
    for t, y in enumerate(item.completion_ids):
        p = np.exp(s[t])
        ratio = 1.0
        if item.old_log_probs is not None:
            low, high = item.ratio_clip or (0, math.inf)
            ratio = min(max(math.exp(min(max(s[t, y] - item.old_log_probs[t], -20), 20)), low), high)
        if item.divergence is None:
            advantage = item.advantages[t] if item.advantages is not None else 1.0
            value = -advantage * s[t, y]
        elif item.divergence.kind == "reverse_kl":
            value = float(np.sum(p * (s[t] - q[t])))
        elif item.divergence.kind == "forward_kl":
            value = float(np.sum(np.exp(q[t]) * (q[t] - s[t])))
        else:
            a = item.divergence.alpha
            m = np.log((1 - a) * p + a * np.exp(q[t]))
            value = float((1 - a) * np.sum(p * (s[t] - m)) + a * np.sum(np.exp(q[t]) * (q[t] - m)))
        total += mask[t] * (ratio * value + item.base_kl * float(np.sum(p * (s[t] - base[t]))))
    return total / sum(mask)


def _all_log_probs(engine: Engine, prompt: list[int], weights: str) -> np.ndarray:
    scores = engine.score(ScoreRequest(prompt, COMPLETION, Weights(weights), 61))  # type: ignore[arg-type]
    assert scores.top_ids is not None and scores.top_log_probs is not None
    return torch.empty_like(scores.top_log_probs).scatter_(1, scores.top_ids, scores.top_log_probs).double().numpy()


@pytest.fixture(scope="module")
def double(qwen3: Path) -> Engine:
    return make_engine(qwen3, torch.float64)


@pytest.mark.parametrize("ratio", [False, True])
@pytest.mark.parametrize("name", ITEMS)
def test_values_are_those_of_the_formula(double: Engine, name: str, ratio: bool) -> None:
    scatter(double)
    item = dataclasses.replace(ITEMS[name], **RATIO) if ratio else ITEMS[name]
    s, q = _all_log_probs(double, PROMPT, "Current"), _all_log_probs(double, CORRECTED, "Base")
    expected = _numpy_loss(item, s, q, _all_log_probs(double, PROMPT, "Base"))
    assert double.evaluate([item]).loss == pytest.approx(expected, rel=1e-10)
    outcome = double.forward_backward([item])
    double.discard()
    assert outcome.value.loss == pytest.approx(expected, rel=1e-10)
    values = outcome.value.items[0]
    own = s[np.arange(len(COMPLETION)), COMPLETION]
    assert values.log_probs == pytest.approx(own.tolist(), rel=1e-10)
    if item.tag == "Distill":
        assert values.teacher_log_probs == pytest.approx(q[np.arange(len(COMPLETION)), COMPLETION].tolist(), rel=1e-10)
    assert values.ratios == pytest.approx(
        [min(max(math.exp(a - b), 0.5), 2.0) for a, b in zip(own, OLD, strict=True)] if ratio else [1.0] * 5
    )


def _value_at(engine: Engine, vector: torch.Tensor, item: LossItem) -> float:
    engine.adopt(vector)
    return engine.evaluate([item]).loss


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", ["JSD 0.5", "reverse KL, mask, base KL", "policy gradient, base KL"])
def test_gradients_are_those_of_central_differences(family: str, name: str, tmp_path: Path) -> None:
    engine = make_engine(write_model(tmp_path, FAMILIES[family]), torch.float64)
    vector = scatter(engine)
    item = ITEMS[name]
    outcome = engine.forward_backward([item])
    gradient = outcome.value.gradient
    assert gradient is not None
    assert outcome.gradient_norm > 1e-3
    noise = torch.from_numpy(np.random.default_rng(11).standard_normal(len(vector)))
    direction = gradient / gradient.norm() + noise / noise.norm()
    # The adapter is stored in float32: the displacement that really happened is what counts.
    step = 2e-4
    ahead, behind = ((vector + sign * step * direction).float() for sign in (1, -1))
    slope = _value_at(engine, ahead, item) - _value_at(engine, behind, item)
    exact = float((gradient * (ahead.double() - behind.double())).sum())
    assert slope == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("name", ITEMS)
def test_closed_forms_are_those_of_autograd(name: str) -> None:
    random = torch.Generator().manual_seed(3)
    logits = torch.randn(5, 61, generator=random, dtype=torch.float64, requires_grad=True)
    q, base = (torch.randn(5, 61, generator=random, dtype=torch.float64).log_softmax(-1) for _ in range(2))
    item = ITEMS[name]
    share = torch.rand(5, generator=random, dtype=torch.float64)
    slope = torch.randn(5, generator=random, dtype=torch.float64) * (item.tag != "Distill")
    rows = Rows(torch.tensor(COMPLETION), share, slope, None, q, base if item.base_kl else None)
    s = logits.log_softmax(-1)
    value = rows_loss(item, rows, s, False).loss
    (expected,) = torch.autograd.grad(value, logits)
    found = rows_loss(item, rows, s.detach(), True)
    assert found.to_logits is not None
    assert torch.allclose(found.to_logits, expected, atol=1e-12)


def test_the_ratio_is_detached_and_only_scales(double: Engine) -> None:
    scatter(double)
    item = dataclasses.replace(ITEMS["policy gradient, base KL"], base_kl=0.0, **RATIO)
    ratios = double.evaluate([item]).items[0].ratios
    assert any(ratio != 1 for ratio in ratios)
    scaled = [advantage * ratio for advantage, ratio in zip(ADVANTAGES, ratios, strict=True)]
    plain = dataclasses.replace(item, old_log_probs=None, ratio_clip=None, advantages=scaled)
    first = double.forward_backward([item]).value.gradient
    double.discard()
    second = double.forward_backward([plain]).value.gradient
    double.discard()
    assert first is not None and second is not None
    assert torch.allclose(first, second, rtol=1e-9, atol=1e-14)


def test_items_of_unequal_length_are_a_mean_over_all_tokens(double: Engine) -> None:
    scatter(double)
    a = ITEMS["cross-entropy"]
    b = dataclasses.replace(a, prompt_ids=CORRECTED, completion_ids=some_ids(9, 2))
    outcomes = [double.forward_backward(items).value for items in ([a], [b], [a, b], [b, a, b, a])]
    double.discard()
    one, two, both, four = (outcome.gradient for outcome in outcomes)
    assert one is not None and two is not None and both is not None and four is not None
    assert torch.allclose(both, (5 * one + 2 * two) / 7, rtol=1e-9, atol=1e-14)
    assert torch.allclose(four, both, rtol=1e-9, atol=1e-14)
    assert outcomes[2].loss == pytest.approx((5 * outcomes[0].loss + 2 * outcomes[1].loss) / 7)


def test_a_teacher_that_is_the_student_teaches_nothing(double: Engine) -> None:
    scatter(double)
    for kind in ("reverse_kl", "forward_kl", "jsd"):
        item = dataclasses.replace(_distill(kind), teacher=Teacher(PROMPT, Weights("Current")))
        outcome = double.forward_backward([item])
        double.discard()
        assert abs(outcome.value.loss) < 1e-12
        assert outcome.gradient_norm < 1e-10


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"advantages": [math.nan] * 5}, "NonFinite"),
        ({"mask": [1.0]}, "Unsupported"),
        ({"mask": [0.0] * 5}, "Unsupported"),
        ({"base_kl": math.nan}, "NonFinite"),
        ({"completion_ids": []}, "Unsupported"),
        ({"completion_ids": [1, 2, 3, 4, 61]}, "Tokenizer"),
        ({"prompt_ids": [3] * 1020}, "ContextTooLong"),
        ({"advantages": [3e38] * 5}, "NonFinite"),
    ],
)
def test_bad_items_fail_and_change_nothing(qwen3: Path, change: dict[str, Any], reason: str) -> None:
    engine = make_engine(qwen3)
    scatter(engine)
    item = ITEMS["policy gradient, base KL"]
    engine.forward_backward([item])
    before, gradient = engine.snapshot(), engine.gradient
    with pytest.raises(WorkerError) as caught:
        engine.forward_backward([dataclasses.replace(item, **change)])
    assert caught.value.reason == reason
    assert engine.snapshot() == before
    assert engine.gradient is gradient


@pytest.mark.parametrize("k", [1, 3, 8, 9, 20])
def test_a_teacher_with_a_tail_gives_the_divergence_of_buckets(k: int) -> None:
    generator = torch.Generator().manual_seed(k)
    s, log_q = (
        torch.log_softmax(3 * torch.randn(4, 9, dtype=torch.float64, generator=generator), -1) for _ in range(2)
    )
    narrowed = with_tail(s, log_q, k)
    torch.testing.assert_close(narrowed.exp().sum(-1), torch.ones(4, dtype=torch.float64))
    for p, q, full in zip(s.exp(), log_q.exp(), narrowed, strict=True):
        top = torch.sort(p, descending=True, stable=True).indices[: min(k, 9)]
        rest = torch.ones(9, dtype=torch.bool)
        rest[top] = False
        buckets = [(p[i], q[i]) for i in top] + ([(p[rest].sum(), q[rest].sum())] if rest.any() else [])
        expected = sum(a * (a.log() - b.log()) for a, b in buckets)
        torch.testing.assert_close((p * (p.log() - full)).sum(), expected)
    # Equally likely tokens are taken by id.
    flat = torch.full((1, 4), math.log(0.25), dtype=torch.float64)
    skewed = torch.log(torch.tensor([[0.4, 0.3, 0.2, 0.1]], dtype=torch.float64))
    torch.testing.assert_close(
        with_tail(flat, skewed, 2).exp(), torch.tensor([[0.4, 0.3, 0.15, 0.15]], dtype=torch.float64)
    )
