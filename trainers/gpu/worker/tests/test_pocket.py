"""The same numbers as the pocket backend, from what it computed on a tiny model (fixtures/make_pocket_fixture.ts)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from models import CPU, make_engine

from continualcode_worker.adapter.snapshot import decode_snapshot
from continualcode_worker.engine.engine import Engine
from continualcode_worker.engine.sampler import SampledToken
from continualcode_worker.protocol.requests import (
    OptimizerOptions,
    lora_spec,
    loss_item,
    loss_items,
    sample_request,
)

FOLDER = Path(__file__).parent / "fixtures" / "pocket"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text())
OPTIONS = OptimizerOptions(0.02, 0.9, 0.999, 1e-8, 0.01, 0.5)


@pytest.fixture()
def engine() -> Engine:
    return make_engine(FOLDER, lora=lora_spec(EXPECTED["lora"], "lora"), seed=7, stop_ids=(0,))


def _read(name: str) -> bytes:
    return (FOLDER / f"{name}.snapshot").read_bytes()


def _steps(engine: Engine, count: int) -> None:
    for _ in range(count):
        engine.forward_backward(loss_items(EXPECTED["items"], "items"))
        engine.update(OPTIONS)
        engine.blend_shadow("slow", 0.1)


def _near(engine: Engine, name: str) -> None:
    theirs = decode_snapshot(_read(name), engine.layout, engine.identity, CPU)
    ours = engine.state
    assert ours.revision == theirs.revision
    vectors = [
        (ours.parameters.vector, theirs.parameters.vector),
        (ours.first_moment, theirs.first_moment),
        (ours.second_moment, theirs.second_moment),
        (ours.shadows["slow"].vector, theirs.shadows["slow"].vector),
    ]
    for a, b in vectors:
        assert float((a - b).norm() / b.norm()) < 1e-4


def test_a_fresh_adapter_is_equal_to_the_byte(engine: Engine) -> None:
    assert engine.identity == EXPECTED["modelIdentity"]
    assert engine.snapshot() == _read("fresh")


def test_ten_steps_give_the_same_adapter(engine: Engine) -> None:
    _steps(engine, 5)
    _near(engine, "middle")
    _steps(engine, 5)
    _near(engine, "end")


def test_an_adapter_trained_there_goes_on_here_and_its_bytes_stay(engine: Engine) -> None:
    engine.restore(_read("middle"))
    assert engine.snapshot() == _read("middle")
    _steps(engine, 5)
    _near(engine, "end")


@pytest.mark.parametrize("index", range(len(EXPECTED["reports"])))
def test_losses_and_gradients(engine: Engine, index: int) -> None:
    engine.restore(_read("middle"))
    item, report = EXPECTED["reports"][index]["item"], EXPECTED["reports"][index]["report"]
    outcome = engine.forward_backward([loss_item(item, "item")])
    assert outcome.value.loss == pytest.approx(report["loss"], rel=1e-4, abs=1e-6)
    assert outcome.gradient_norm == pytest.approx(report["gradientNorm"], rel=1e-4)
    found, expected = outcome.value.items[0], report["items"][0]
    assert found.log_probs == pytest.approx(expected["logProbs"], abs=1e-4)
    assert found.base_kls == pytest.approx(expected["baseKls"], abs=1e-4)
    assert found.ratios == pytest.approx(expected["ratios"], rel=1e-4)
    assert found.teacher_log_probs == pytest.approx(expected.get("teacherLogProbs"), abs=1e-4)
    assert found.divergences == pytest.approx(expected.get("divergences"), abs=1e-4)


@pytest.mark.parametrize("index", range(len(EXPECTED["samples"])))
def test_equal_seeds_give_the_tokens_that_they_give_there(engine: Engine, index: int) -> None:
    engine.restore(_read("middle"))
    sample = EXPECTED["samples"][index]
    tokens: list[SampledToken] = []
    engine.sample(sample_request(sample["request"], "request"), tokens.append)
    assert [token.id for token in tokens] == [token["id"] for token in sample["tokens"]]
    assert [token.log_prob for token in tokens] == pytest.approx([t["logProb"] for t in sample["tokens"]], abs=1e-4)
    assert [token.finish for token in tokens] == [token.get("finish") for token in sample["tokens"]]
