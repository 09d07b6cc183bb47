"""Adapter, optimiser, snapshots, adapter files."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from models import LORA, make_engine, scatter, some_ids

from continualcode_worker.adapter.adamw import adamw
from continualcode_worker.engine.engine import Engine
from continualcode_worker.errors import WorkerError
from continualcode_worker.protocol.requests import LossItem, OptimizerOptions, ScoreRequest, Weights

ITEM = LossItem("CrossEntropy", some_ids(2, 9), some_ids(3, 5), 0.1)
OPTIONS = OptimizerOptions(0.02, 0.9, 0.999, 1e-8, 0.0, math.inf)


@pytest.fixture()
def engine(qwen3: Path) -> Engine:
    return make_engine(qwen3)


def _steps(engine: Engine, count: int) -> None:
    for _ in range(count):
        engine.forward_backward([ITEM])
        engine.update(OPTIONS)
        engine.blend_shadow("teacher", 0.1)


def test_a_fresh_adapter_is_the_base_to_the_bit_and_training_leaves_the_base_alone(engine: Engine) -> None:
    def scores(tag: str, name: str = "") -> list[float]:
        return engine.score(ScoreRequest(ITEM.prompt_ids, ITEM.completion_ids, Weights(tag, name))).log_probs  # type: ignore[arg-type]

    base = scores("Base")
    assert scores("Current") == base
    _steps(engine, 5)
    assert scores("Base") == base
    assert scores("Current") != base
    assert scores("Shadow", "never") == base
    engine.blend_shadow("live", 1.0)
    assert scores("Shadow", "live") == pytest.approx(scores("Current"), abs=1e-6)
    engine.blend_shadow("still", 0.0)
    assert scores("Shadow", "still") == base


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.0, 0.999), (0.0, 0.0)])
def test_ten_updates_are_those_of_the_formula(engine: Engine, beta1: float, beta2: float) -> None:
    options = OptimizerOptions(0.02, beta1, beta2, 1e-8, 0.05, 0.5)
    theta = engine.state.parameters.vector.double().numpy()
    m = v = np.zeros_like(theta)
    for t in range(1, 11):
        outcome = engine.forward_backward([ITEM])
        assert outcome.value.gradient is not None
        g = outcome.value.gradient.double().numpy()
        norm = float(np.linalg.norm(g))
        report = engine.update(options)
        g = g * min(1.0, 0.5 / norm)
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        step = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + 1e-8)
        before, theta = theta, theta * (1 - 0.02 * 0.05) - 0.02 * step
        assert report.gradient_norm == pytest.approx(norm, rel=1e-6)
        assert report.update_norm == pytest.approx(float(np.linalg.norm(theta - before)), rel=1e-4)
        assert report.revision == t
    now = engine.state.parameters.vector.double().numpy()
    assert np.linalg.norm(now - theta) < 1e-5 * np.linalg.norm(theta)


def test_gradients_add_up_until_an_update_or_a_discard(engine: Engine) -> None:
    one = engine.forward_backward([ITEM]).gradient_norm
    assert engine.forward_backward([ITEM]).gradient_norm == pytest.approx(2 * one, rel=1e-6)
    engine.discard()
    assert engine.forward_backward([ITEM]).gradient_norm == one
    engine.update(OPTIONS)
    with pytest.raises(WorkerError, match="forwardBackward first"):
        engine.update(OPTIONS)


@pytest.mark.parametrize("learning_rate", [math.nan, 1e39])
def test_an_update_that_is_not_finite_changes_nothing(engine: Engine, learning_rate: float) -> None:
    _steps(engine, 1)
    before = engine.snapshot()
    engine.forward_backward([ITEM])
    assert engine.gradient is not None
    gradient = engine.gradient.clone()
    with pytest.raises(WorkerError) as caught:
        engine.update(OptimizerOptions(learning_rate, 0.9, 0.999, 1e-8, 0.0, 0.01))
    assert caught.value.reason == "NonFinite"
    assert engine.snapshot() == before
    assert torch.equal(engine.gradient, gradient)
    bad = torch.full((engine.layout.size,), math.nan)
    with pytest.raises(WorkerError, match="gradient is not finite"):
        adamw(engine.layout, engine.state, bad, OPTIONS)


def test_a_snapshot_comes_back_to_the_bit_and_goes_on_as_if_never_interrupted(qwen3: Path, engine: Engine) -> None:
    _steps(engine, 2)
    middle = engine.snapshot()
    _steps(engine, 3)
    end = engine.snapshot()
    assert end != middle
    other = make_engine(qwen3, seed=99)
    other.forward_backward([ITEM])
    other.restore(middle)
    assert other.snapshot() == middle
    assert other.revision == 2
    _steps(other, 3)
    assert other.snapshot() == end


def test_equal_seeds_and_lessons_give_equal_bytes(engine: Engine) -> None:
    def run(seed: int) -> bytes:
        engine.reset(seed)
        _steps(engine, 2)
        return engine.snapshot()

    assert run(7) == run(7)
    assert run(8) != run(7)


def test_any_damaged_byte_and_any_beginning_is_refused(engine: Engine) -> None:
    _steps(engine, 1)
    data = engine.snapshot()
    places = [0, 7, 8, 39, 40, 44, 48, 100, *range(200, len(data), max(1, len(data) // 40)), len(data) - 1]
    for place in places:
        damaged = bytearray(data)
        damaged[place] ^= 0x11
        for candidate in (bytes(damaged), data[:place]):
            with pytest.raises(WorkerError) as caught:
                engine.restore(candidate)
            assert caught.value.reason == "Snapshot"
    assert engine.snapshot() == data


def test_a_snapshot_belongs_to_one_model_and_one_kind_of_adapter(qwen3: Path, engine: Engine) -> None:
    data = engine.snapshot()
    engine.identity = "f" * 64
    with pytest.raises(WorkerError, match="another model"):
        engine.restore(data)
    other = make_engine(qwen3, lora=type(LORA)(2, 6.0, LORA.targets))
    with pytest.raises(WorkerError, match="rank 3, alpha 6, targets q_proj"):
        other.restore(data)


def test_an_adapter_file_comes_back_with_an_empty_optimiser(engine: Engine, tmp_path: Path) -> None:
    _steps(engine, 2)
    vector = engine.state.parameters.vector
    engine.export_peft(tmp_path / "new" / "folder")
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    engine.reset(5)
    engine.import_peft(tmp_path / "new" / "folder")
    assert torch.equal(engine.state.parameters.vector, vector)
    assert engine.revision == 0
    assert not engine.state.first_moment.any()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("r", 4, "r is 4, not 3"),
        ("lora_alpha", 7, "lora_alpha is 7, not 6"),
        ("target_modules", ["q_proj"], "target_modules"),
        ("use_dora", True, "use_dora"),
        ("bias", "all", "bias"),
    ],
)
def test_another_kind_of_adapter_is_refused(
    engine: Engine, tmp_path: Path, field: str, value: object, message: str
) -> None:
    scatter(engine)
    before = engine.snapshot()
    engine.export_peft(tmp_path)
    path = tmp_path / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(WorkerError, match=message) as caught:
        engine.import_peft(tmp_path)
    assert caught.value.reason == "ModelFiles"
    assert engine.snapshot() == before


def test_missing_and_truncated_adapter_files_are_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="adapter_config.json: the file is missing"):
        engine.import_peft(tmp_path)
    engine.export_peft(tmp_path)
    weights = tmp_path / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    with pytest.raises(WorkerError, match="truncated"):
        engine.import_peft(tmp_path)


def test_a_full_disk_leaves_no_half_file(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.export_peft(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    scatter(engine)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WorkerError, match="No space left on device") as caught:
        engine.export_peft(tmp_path)
    assert "has room" in caught.value.message
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
