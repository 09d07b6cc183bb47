"""Sampling, the caches of keys and values, and both ways to step."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from models import LLAMA, make_engine, scatter, some_ids, write_model
from torch._dynamo.testing import CompileCounter

from continualcode_worker.adapter.random import Random
from continualcode_worker.engine.decode import StaticDecoder, Steppers, room_for
from continualcode_worker.engine.decode_layer import decode_layer
from continualcode_worker.engine.draw import draw_token
from continualcode_worker.engine.engine import Engine
from continualcode_worker.engine.sampler import SampledToken
from continualcode_worker.errors import WorkerError
from continualcode_worker.model.cache import shared_length
from continualcode_worker.protocol.requests import LossItem, OptimizerOptions, SampleRequest, ScoreRequest, Weights

CURRENT, BASE = Weights("Current"), Weights("Base")
LONG = some_ids(5, 400)


def _sample(
    engine: Engine, prompt: list[int], count: int = 12, temperature: float = 1.0, top_p: float = 1.0, seed: int = 3
) -> list[SampledToken]:
    tokens: list[SampledToken] = []
    engine.sample(SampleRequest(prompt, count, temperature, top_p, seed, CURRENT), tokens.append)
    return tokens


def _pocket_draw(log_probs: np.ndarray, temperature: float, top_p: float, uniform: float) -> int:
    """The pocket backend's loop, number by number."""
    best = int(log_probs.argmax())
    if temperature == 0:
        return best
    weights = np.exp((log_probs.astype(np.float64) - float(log_probs[best])) / temperature)
    order = list(range(len(weights)))
    total = float(weights.sum())
    if top_p < 1:
        order.sort(key=lambda index: (-weights[index], index))
        kept, count = 0.0, 0
        while count < len(order) and kept < top_p * total:
            kept += weights[order[count]]
            count += 1
        order, total = order[: max(count, 1)], kept
    left = uniform * total
    for index in order:
        left -= weights[index]
        if left < 0:
            return index
    return order[-1]


@pytest.mark.parametrize("temperature", [0.0, 0.7, 1.0, 1.5])
@pytest.mark.parametrize("top_p", [1.0, 0.9, 0.3, 1e-6])
def test_draws_are_those_of_the_pocket_backend(temperature: float, top_p: float) -> None:
    rows = torch.randn(20, 61, generator=torch.Generator().manual_seed(1)).log_softmax(-1)
    rows[0, 5] = rows[0, 9] = rows[0].max() + 1
    rows[1, 10:] = -math.inf
    random = Random(4)
    for row in rows:
        for _ in range(5):
            uniform = random.uniform()
            expected = _pocket_draw(row.numpy(), temperature, top_p, uniform)
            assert int(draw_token(row, temperature, top_p, uniform)) == expected


def test_log_probabilities_are_those_of_score_at_temperature_1(qwen3: Path) -> None:
    engine = make_engine(qwen3)
    scatter(engine)
    for prompt in (some_ids(1, 20), LONG):
        for temperature, top_p in ((0.0, 1.0), (0.7, 1.0), (1.0, 0.8)):
            tokens = _sample(engine, prompt, temperature=temperature, top_p=top_p)
            ids = [token.id for token in tokens]
            assert len(ids) > 1
            scores = engine.score(ScoreRequest(prompt, ids, CURRENT))
            assert [token.log_prob for token in tokens] == pytest.approx(scores.log_probs, abs=2e-5)
            assert all(token.finish is None for token in tokens[:-1])
            assert tokens[-1].finish == ("stop" if ids[-1] == 2 else "length")


def test_equal_seeds_give_equal_tokens_and_others_give_others(qwen3: Path) -> None:
    engine = make_engine(qwen3)
    first = [token.id for token in _sample(engine, LONG, temperature=1.5)]
    assert [token.id for token in _sample(engine, LONG, temperature=1.5)] == first
    assert any([token.id for token in _sample(engine, LONG, temperature=1.5, seed=seed)] != first for seed in (4, 5))


def test_a_full_context_ends_and_no_room_is_an_error(qwen3: Path) -> None:
    engine = make_engine(qwen3, context_length=100)
    tokens = _sample(engine, some_ids(1, 97), count=50, temperature=0.0)
    assert len(tokens) <= 3
    assert tokens[-1].finish is not None
    with pytest.raises(WorkerError) as caught:
        _sample(engine, some_ids(1, 100))
    assert caught.value.reason == "ContextTooLong"


def test_a_cancelled_sample_ends_before_its_next_token(qwen3: Path) -> None:
    engine = make_engine(qwen3)
    tokens: list[SampledToken] = []
    request = SampleRequest(LONG, 50, 0.0, 1.0, 0, BASE)
    report = engine.sample(request, tokens.append, lambda: len(tokens) >= 3)
    assert (report.finish, report.tokens, len(tokens)) == ("cancelled", 3, 3)
    again: list[SampledToken] = []
    report = engine.sample(request, again.append)
    assert report.reused_tokens == len(LONG) - 1
    assert [token.id for token in again[:3]] == [token.id for token in tokens]


@pytest.mark.parametrize("family", ["qwen3", "llama"])
def test_a_conversation_that_goes_on_is_not_computed_again_and_gives_the_same(family: str, tmp_path: Path) -> None:
    folder = write_model(tmp_path, LLAMA) if family == "llama" else write_model(tmp_path)
    engine, plain = make_engine(folder), make_engine(folder)
    plain.parts.cache.reuse = False
    for each in (engine, plain):
        scatter(each)
    first = _sample(engine, LONG, temperature=0.0)
    longer = LONG + [token.id for token in first] + some_ids(8, 30)
    report = engine.sample(SampleRequest(longer, 5, 0.0, 1.0, 0, CURRENT), lambda _: None)
    assert report.reused_tokens == len(LONG) + len(first) - 1
    ours, theirs = (
        engine.score(ScoreRequest(longer, COMPLETION, CURRENT)),
        plain.score(ScoreRequest(longer, COMPLETION, CURRENT)),
    )
    assert ours.log_probs == pytest.approx(theirs.log_probs, abs=1e-5)


COMPLETION = some_ids(6, 7)


def test_what_was_computed_under_old_weights_is_never_used(qwen3: Path) -> None:
    engine, fresh = make_engine(qwen3), make_engine(qwen3)
    item = LossItem("CrossEntropy", LONG, COMPLETION)
    options = OptimizerOptions(0.05, 0.9, 0.999, 1e-8, 0.0, math.inf)
    _sample(engine, LONG)
    base = engine.score(ScoreRequest(LONG, COMPLETION, BASE)).log_probs
    engine.forward_backward([item])
    engine.update(options)
    report = engine.sample(SampleRequest(LONG, 2, 0.0, 1.0, 0, CURRENT), lambda _: None)
    assert report.reused_tokens == 0
    fresh.adopt(engine.state.parameters.vector)
    request = ScoreRequest(LONG, COMPLETION, CURRENT)
    assert engine.score(request).log_probs == pytest.approx(fresh.score(request).log_probs, abs=1e-5)
    report = engine.sample(SampleRequest(LONG, 2, 0.0, 1.0, 0, BASE), lambda _: None)
    assert report.reused_tokens == len(LONG) - 1
    assert engine.score(ScoreRequest(LONG, COMPLETION, BASE)).log_probs == base


def test_another_short_prompt_does_not_cost_the_conversation_its_cache(qwen3: Path) -> None:
    engine = make_engine(qwen3)
    conversation = some_ids(5, 800)
    _sample(engine, conversation, count=1)
    _sample(engine, conversation[:300] + some_ids(9, 20), count=1)
    report = engine.sample(SampleRequest(conversation, 1, 0.0, 1.0, 0, CURRENT), lambda _: None)
    assert report.reused_tokens == len(conversation) - 1


@pytest.mark.parametrize("temperature", [0.0, 1.2])
def test_static_steps_are_the_plain_ones(qwen3: Path, temperature: float) -> None:
    plain, static = make_engine(qwen3), make_engine(qwen3)
    static._sampler._steppers = Steppers(static.parts, static=True, smallest=256)
    for seed in (7, 8):
        for each in (plain, static):
            scatter(each, seed)
        for prompt in (some_ids(1, 20), LONG, LONG + some_ids(2, 200)):
            expected, found = (_sample(each, prompt, 20, temperature) for each in (plain, static))
            assert [token.id for token in found] == [token.id for token in expected]
            assert [token.log_prob for token in found] == pytest.approx([t.log_prob for t in expected], abs=2e-5)
    longer = LONG + [token.id for token in _sample(static, LONG, 20, temperature)]
    request = ScoreRequest(longer, COMPLETION, CURRENT)
    assert static.score(request).log_probs == pytest.approx(plain.score(request).log_probs, abs=2e-5)


def test_static_steps_under_the_base_leave_the_adapter_out(qwen3: Path) -> None:
    engine = make_engine(qwen3)
    engine._sampler._steppers = Steppers(engine.parts, static=True, smallest=256)
    scatter(engine)
    _sample(engine, LONG, 3)
    tokens: list[SampledToken] = []
    engine.sample(SampleRequest(LONG, 10, 0.0, 1.0, 0, BASE), tokens.append)
    expected = engine.score(ScoreRequest(LONG, [token.id for token in tokens], BASE)).log_probs
    assert [token.log_prob for token in tokens] == pytest.approx(expected, abs=2e-5)


def test_a_room_is_seldom_outgrown_and_never_much_too_large() -> None:
    rooms = {length: room_for(length, 40960) for length in range(1, 40962)}
    assert all(length <= room and room % 256 == 0 for length, room in rooms.items())
    assert all(2 * room <= 3 * length + 512 for length, room in rooms.items() if length > 1024)
    assert len(set(rooms.values())) == 12
    assert max(rooms.values()) == 40960 + 256
    assert room_for(1, 300) == 512


def _no_memory() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 4 GiB")


def _no_memory_in_a_capture() -> None:
    try:
        _no_memory()
    finally:
        raise RuntimeError("CUDA error: operation failed due to a previous error during capture")


def _other() -> None:
    raise RuntimeError("CUDA error: operation not permitted when stream is capturing")


@pytest.mark.parametrize(("fail", "again"), [(_no_memory, True), (_no_memory_in_a_capture, True), (_other, False)])
def test_a_room_that_cannot_grow_leaves_plain_steps(
    qwen3: Path, monkeypatch: pytest.MonkeyPatch, fail: Callable[[], None], again: bool
) -> None:
    plain, static = make_engine(qwen3), make_engine(qwen3)
    steppers = Steppers(static.parts, static=True, smallest=256)
    static._sampler._steppers = steppers
    longer = LONG + some_ids(2, 200)

    def same(prompt: list[int]) -> None:
        expected, found = (_sample(each, prompt, 20) for each in (plain, static))
        assert [token.id for token in found] == [token.id for token in expected]

    same(LONG)
    assert steppers._static is not None
    first = StaticDecoder._first
    monkeypatch.setattr(StaticDecoder, "_first", lambda _: fail())
    same(longer)
    assert steppers._static is None
    monkeypatch.setattr(StaticDecoder, "_first", first)
    same(longer + some_ids(4, 20))
    assert (steppers._static is not None) is again


def test_shared_length() -> None:
    random = np.random.default_rng(1)
    for _ in range(200):
        a = random.integers(0, 2, random.integers(0, 12)).tolist()
        b = random.integers(0, 2, random.integers(0, 12)).tolist()
        limit = int(random.integers(0, 12))
        expected = 0
        while expected < min(len(a), len(b), limit) and a[expected] == b[expected]:
            expected += 1
        assert shared_length(a, b, limit) == expected


def test_a_compiled_step_is_the_plain_one_and_compiled_once_for_all_layers_and_rooms(qwen3: Path) -> None:
    plain, compiled = make_engine(qwen3), make_engine(qwen3)
    torch._dynamo.reset()
    counter = CompileCounter()
    layer = torch.compile(decode_layer, fullgraph=True, dynamic=False, backend=counter)
    compiled._sampler._steppers = Steppers(compiled.parts, static=True, smallest=256, layer=layer)
    for each in (plain, compiled):
        scatter(each)
    # Rooms for 512 and 768 positions.
    for prompt in (LONG, LONG + some_ids(2, 200)):
        expected, found = (_sample(each, prompt, 20) for each in (plain, compiled))
        assert [token.id for token in found] == [token.id for token in expected]
        assert [token.log_prob for token in found] == pytest.approx([token.log_prob for token in expected], abs=2e-5)
    assert counter.frame_count == 1


def test_a_compiler_that_fails_is_done_without(qwen3: Path) -> None:
    def broken(*_: object) -> torch.Tensor:
        raise RuntimeError("Failed to find C compiler")

    plain, engine = make_engine(qwen3), make_engine(qwen3)
    engine._sampler._steppers = Steppers(engine.parts, static=True, smallest=256, layer=broken)
    expected, found = (_sample(each, some_ids(1, 20), 5, temperature=0.0) for each in (plain, engine))
    assert [token.id for token in found] == [token.id for token in expected]
