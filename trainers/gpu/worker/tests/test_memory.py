"""What happens when memory runs out; checkpointing; the approximate gradient; quantised bases."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from models import make_engine, scatter, some_ids

from continualcode_worker.engine.engine import Engine
from continualcode_worker.engine.memory import checkpointed_layers, share_of
from continualcode_worker.errors import WorkerError
from continualcode_worker.model.matrix import new_matrix
from continualcode_worker.protocol.requests import (
    Divergence,
    LoraSpec,
    LossItem,
    SampleRequest,
    ScoreRequest,
    Teacher,
    Weights,
)

PROMPT, COMPLETION, CORRECTED = some_ids(2, 300), some_ids(3, 150), some_ids(2, 300)[:-20] + some_ids(4, 60)
ITEM = LossItem(
    "Distill",
    PROMPT,
    COMPLETION,
    0.3,
    divergence=Divergence("reverse_kl"),
    teacher=Teacher(CORRECTED, Weights("Base")),
)


def _gradient(engine: Engine, item: LossItem = ITEM) -> torch.Tensor:
    gradient = engine.forward_backward([item]).value.gradient
    engine.discard()
    assert gradient is not None
    return gradient


def _failing(engine: Engine, monkeypatch: pytest.MonkeyPatch, fails: Callable[[int, int], bool]) -> list[int]:
    """Lets the training pass run out of memory where `fails` says so, by checkpointed layers and rows of logits."""
    seen: list[int] = []
    train, logits = engine.parts.decoder.train, engine.parts.decoder.logits

    def spy(ids: list[int], rows: int, adapter: object, checkpointed: int, prefix: object = None) -> torch.Tensor:
        seen.append(checkpointed)
        return train(ids, rows, adapter, checkpointed, prefix)  # type: ignore[arg-type]

    def counting(hidden: torch.Tensor) -> torch.Tensor:
        if seen and fails(seen[-1], len(hidden)):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")
        return logits(hidden)

    monkeypatch.setattr(engine.parts.decoder, "train", spy)
    monkeypatch.setattr(engine.parts.decoder, "logits", counting)
    return seen


def test_checkpointing_gives_the_same_gradient(qwen3: Path) -> None:
    gradients: list[torch.Tensor] = []
    for mode in ("never", "always"):
        engine = make_engine(qwen3, torch.float64, checkpointing=mode)
        scatter(engine)
        gradients.append(_gradient(engine))
    assert torch.allclose(gradients[0], gradients[1], rtol=1e-12, atol=1e-15)


def test_out_of_memory_falls_back_step_by_step_to_the_same_gradient(
    qwen3: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(qwen3, torch.float64, checkpointing="never")
    scatter(engine)
    expected = _gradient(engine)
    engine.parts.let_go()
    seen = _failing(engine, monkeypatch, lambda layers, rows: layers == 0 or rows > 32)
    outcome = engine.forward_backward([ITEM])
    assert seen == [0, 3, 3]
    assert outcome.stats.retries == 2
    assert outcome.stats.checkpointing == "all"
    assert outcome.value.gradient is not None
    assert torch.allclose(outcome.value.gradient, expected, rtol=1e-10, atol=1e-14)


def test_out_of_memory_for_good_says_what_to_change_and_changes_nothing(
    qwen3: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(qwen3)
    scatter(engine)
    engine.forward_backward([ITEM])
    before, gradient = engine.snapshot(), engine.gradient
    _failing(engine, monkeypatch, lambda layers, rows: True)
    with pytest.raises(WorkerError) as caught:
        engine.forward_backward([ITEM])
    assert caught.value.reason == "OutOfMemory"
    assert "context_length" in caught.value.message
    assert engine.snapshot() == before
    assert engine.gradient is gradient
    monkeypatch.undo()
    engine.forward_backward([ITEM])


def test_prefill_goes_on_in_smaller_pieces(qwen3: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = make_engine(qwen3)
    expected = engine.score(ScoreRequest(PROMPT, COMPLETION, Weights("Base"))).log_probs
    engine.parts.let_go()
    extend, pieces = engine.parts.decoder.extend, []

    def small(run: object, ids: list[int], rows: int, adapter: object, piece: int) -> torch.Tensor:
        pieces.append(piece)
        if piece > 64:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return extend(run, ids, rows, adapter, piece)  # type: ignore[arg-type]

    monkeypatch.setattr(engine.parts.decoder, "extend", small)
    found = engine.score(ScoreRequest(PROMPT, COMPLETION, Weights("Base"))).log_probs
    assert pieces == [4096, 1024, 256, 64]
    assert found == pytest.approx(expected, abs=1e-5)


def test_layers_are_checkpointed_as_memory_gets_scarce(qwen3: Path) -> None:
    engine = make_engine(qwen3)
    lora = LoraSpec(16, 32, ("q_proj", "k_proj", "v_proj", "o_proj"))
    counts = [
        checkpointed_layers(engine.config, lora, 4000, 2, free, "auto") for free in (0, 8_000_000, 10_000_000, 10**9)
    ]
    assert counts[0] == 3
    assert counts[-1] == 0
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) > 2


def test_a_long_constant_prompt_is_memory_too(qwen3: Path) -> None:
    config = make_engine(qwen3).config
    lora = LoraSpec(16, 32, ("q_proj", "k_proj", "v_proj", "o_proj"))
    free = 2_000_000
    assert checkpointed_layers(config, lora, 128, 2, free, "auto", 0) == 0
    assert checkpointed_layers(config, lora, 128, 2, free, "auto", 16_000) == 3


def test_a_limit_is_a_share_of_the_device() -> None:
    assert share_of(None, 80) == 1
    assert share_of(20, 80) == 0.25
    assert share_of(90, 80) == 1


def test_no_memory_for_the_logits_is_not_taken_for_a_missing_product(
    qwen3: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder = make_engine(qwen3).parts.decoder
    hidden = torch.randn(2, 24)
    expected = decoder.logits(hidden)
    decoder._wide_head = True

    def short(*_: object, **__: object) -> torch.Tensor:
        raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")

    with monkeypatch.context() as patch:
        patch.setattr(torch, "mm", short)
        with pytest.raises(RuntimeError, match="ALLOC_FAILED"):
            decoder.logits(hidden)
    assert decoder._wide_head
    # Not a product that the CPU has.
    assert torch.equal(decoder.logits(hidden), expected)
    assert not decoder._wide_head


def test_teacher_and_base_share_what_is_kept(qwen3: Path) -> None:
    engine = make_engine(qwen3)
    scatter(engine)
    stats = engine.forward_backward([ITEM]).stats
    assert stats.teacher.reused == 0
    assert stats.base.reused == len(PROMPT) - 20
    assert stats.base.computed == 20 + len(COMPLETION) - 1
    again = engine.forward_backward([ITEM]).stats
    assert (again.teacher.computed, again.base.computed) == (0, 0)


def test_a_constant_prompt_is_an_approximation_that_is_measured(qwen3: Path) -> None:
    engine = make_engine(qwen3, torch.float64)
    scatter(engine)
    exact = _gradient(engine)
    outcome = engine.forward_backward([ITEM], "frozen")
    frozen = outcome.value.gradient
    engine.discard()
    assert frozen is not None
    assert outcome.value.loss == pytest.approx(engine.evaluate([ITEM]).loss, rel=1e-9)
    assert outcome.stats.student.computed == len(PROMPT) - 1 + len(COMPLETION)
    again = engine.forward_backward([ITEM], "frozen").stats
    assert again.student.computed == len(COMPLETION)
    engine.discard()
    report = engine.gradient_cosine([ITEM])
    cosine = float(exact @ frozen / exact.norm() / frozen.norm())
    assert report.cosine == pytest.approx(cosine, rel=1e-6)
    assert 0.2 < report.cosine < 0.9999
    assert report.exact_norm == pytest.approx(float(exact.norm()), rel=1e-9)
    assert engine.gradient is None


def test_a_constant_prompt_of_one_token_is_exact(qwen3: Path) -> None:
    engine = make_engine(qwen3, torch.float64)
    scatter(engine)
    item = LossItem("CrossEntropy", PROMPT[:1], COMPLETION)
    exact = _gradient(engine, item)
    engine.forward_backward([item], "frozen")
    assert engine.gradient is not None
    assert torch.equal(engine.gradient, exact)


@pytest.mark.parametrize(("kind", "error"), [("int8", 0.01), ("int4", 0.12)])
def test_a_quantised_matrix_is_near(kind: str, error: float) -> None:
    rows = torch.randn(40, 100, generator=torch.Generator().manual_seed(2))
    matrix = new_matrix(kind, 80, 100, torch.float32, torch.device("cpu"))
    matrix.write(30, rows)
    found = matrix.dense()
    assert matrix.shape == (80, 100)
    assert found.shape == (80, 100)
    assert (found[30:70] - rows).norm() / rows.norm() < error
    assert matrix.bytes < 80 * 100 * 4 * (0.3 if kind == "int8" else 0.25)


@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_gradients_over_a_quantised_base_are_those_over_its_dense_form(qwen3: Path, kind: str) -> None:
    quantised = make_engine(qwen3, torch.float64, kind)
    dense = make_engine(qwen3, torch.float64)
    for ours, theirs in zip(quantised.parts.decoder.weights.layers, dense.parts.decoder.weights.layers, strict=True):
        for name, matrix in ours.groups.items():
            theirs.groups[name].write(0, matrix.dense())
    item = dataclasses.replace(ITEM, completion_ids=COMPLETION[:9])
    for engine in (quantised, dense):
        scatter(engine)
    assert torch.allclose(_gradient(quantised, item), _gradient(dense, item), rtol=1e-9, atol=1e-14)
    tokens: list[int] = []
    quantised.sample(SampleRequest(PROMPT, 3, 0.0, 1.0, 0, Weights("Current")), lambda token: tokens.append(token.id))
    assert tokens
