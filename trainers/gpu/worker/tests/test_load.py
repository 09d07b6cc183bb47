"""Model folders: what is read, what is refused and in which words."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from models import LLAMA, QWEN2, QWEN3, write_model

from continualcode_worker.errors import WorkerError
from continualcode_worker.model import load as loading
from continualcode_worker.model.config import read_config, weight_shapes
from continualcode_worker.model.load import LoadedModel, load_model
from continualcode_worker.model.safetensors import read_small
from continualcode_worker.reports import inspect

CPU = torch.device("cpu")
Ticks = list[tuple[str, int, int, str]]


def _load(folder: Path, ticks: Ticks | None = None) -> LoadedModel:
    progress = (lambda *tick: ticks.append(tick)) if ticks is not None else (lambda *_: None)
    return load_model(folder, torch.float32, CPU, "none", progress)


def test_every_tensor_comes_to_its_place_through_small_buffers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "BUFFER", 1000)
    folder = write_model(tmp_path, QWEN2)
    ticks: Ticks = []
    model = _load(folder, ticks)
    stored = read_small(folder / "model.safetensors")
    layer, prefix = model.weights.layers[1], "model.layers.1"
    qkv = torch.cat([stored[f"{prefix}.self_attn.{name}_proj.weight"] for name in "qkv"])
    bias = torch.cat([stored[f"{prefix}.self_attn.{name}_proj.bias"] for name in "qkv"])
    both = torch.cat([stored[f"{prefix}.mlp.{name}_proj.weight"] for name in ("gate", "up")])
    assert torch.equal(layer.groups["qkv"].dense(), qkv)
    assert layer.qkv_bias is not None and torch.equal(layer.qkv_bias, bias)
    assert torch.equal(layer.groups["gate_up"].dense(), both)
    assert torch.equal(layer.groups["down"].dense(), stored[f"{prefix}.mlp.down_proj.weight"])
    assert torch.equal(model.weights.head, stored["lm_head.weight"])
    size = (folder / "model.safetensors").stat().st_size
    assert ticks[-1] == ("load", size, size, "model.safetensors")
    assert sorted(tick[1] for tick in ticks) == [tick[1] for tick in ticks]


def test_the_identity_is_the_pocket_backends(tmp_path: Path) -> None:
    folder = write_model(tmp_path, QWEN3)
    config = (
        '{"vocabularySize":61,"hiddenSize":24,"layers":3,"heads":4,"keyValueHeads":2,"headSize":8,"feedForwardSize":40,'
        '"contextLength":1024,"ropeTheta":10000,"normEpsilon":0.000001,"tiedHead":true}'
    )
    data = (folder / "model.safetensors").read_bytes()
    assert _load(folder).identity == hashlib.sha256(config.encode() + data).hexdigest()


def test_the_identity_depends_on_every_shard_and_on_the_config(tmp_path: Path) -> None:
    first = _load(write_model(tmp_path / "a", LLAMA, shards=3)).identity
    assert _load(write_model(tmp_path / "b", LLAMA, shards=3)).identity == first
    other = write_model(tmp_path / "c", LLAMA, seed=2, shards=3)
    theta = write_model(tmp_path / "d", {**LLAMA, "rope_theta": 501.0}, shards=3)
    assert len({first, _load(other).identity, _load(theta).identity}) == 3


def _config(**changes: Any) -> dict[str, Any]:
    return {**QWEN3, **changes}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            _config(model_type="gpt2"),
            'config.json: model_type is "gpt2". Only "qwen3" (Qwen3), "qwen2" (Qwen2, Qwen2.5',
        ),
        (_config(hidden_act="gelu"), "hidden_act"),
        (_config(attention_bias=True), "attention_bias is true"),
        (_config(use_sliding_window=True), "use_sliding_window"),
        (_config(quantization_config={"bits": 4}), "quantization_config"),
        (_config(rope_scaling={"type": "yarn", "factor": 4.0}), 'rope_scaling.rope_type is "yarn"'),
        (_config(rope_theta=None), "rope_theta is missing"),
        (_config(num_key_value_heads=3), "no multiple"),
        (_config(head_dim=7), "head_dim is 7"),
        (_config(hidden_size=-1), "hidden_size is -1"),
        (_config(rms_norm_eps="small"), "rms_norm_eps"),
        ({**LLAMA, "rope_scaling": {"rope_type": "llama3", "factor": 8.0}}, "low_freq_factor is missing"),
    ],
)
def test_a_config_that_is_not_understood_is_refused(tmp_path: Path, config: dict[str, Any], message: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(WorkerError) as caught:
        read_config(tmp_path)
    assert caught.value.reason == "ModelFiles"
    assert message in caught.value.message


def test_newer_configs_say_the_same(tmp_path: Path) -> None:
    newer = {name: value for name, value in LLAMA.items() if name not in ("rope_theta", "rope_scaling")}
    newer["rope_parameters"] = {**LLAMA["rope_scaling"], "rope_theta": 500.0}
    for name, config in (("old", LLAMA), ("new", newer)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(json.dumps(config))
    assert read_config(tmp_path / "old") == read_config(tmp_path / "new")
    assert read_config(tmp_path / "old").rope_scaling is not None


def _damaged(folder: Path, damage: str) -> None:
    weights = folder / "model.safetensors"
    data = weights.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])

    def with_header(changed: dict[str, Any]) -> bytes:
        text = json.dumps(changed).encode()
        return struct.pack("<Q", len(text)) + text + data[8 + length :]

    name = "model.norm.weight"
    if damage == "no config":
        (folder / "config.json").unlink()
    elif damage == "broken config":
        (folder / "config.json").write_text("{")
    elif damage == "no weights":
        weights.unlink()
    elif damage == "empty":
        weights.write_bytes(b"")
    elif damage == "half":
        weights.write_bytes(data[: len(data) // 2])
    elif damage == "header cut":
        weights.write_bytes(data[:20])
    elif damage == "no safetensors":
        weights.write_bytes(struct.pack("<Q", 4) + b"null" + data)
    elif damage == "missing tensor":
        weights.write_bytes(with_header({key: value for key, value in header.items() if key != name}))
    elif damage == "wrong shape":
        weights.write_bytes(with_header({**header, name: {**header[name], "shape": [12, 2]}}))
    elif damage == "wrong span":
        weights.write_bytes(with_header({**header, name: {**header[name], "shape": [25]}}))
    elif damage == "wrong dtype":
        weights.write_bytes(with_header({**header, name: {**header[name], "dtype": "I8"}}))
    elif damage == "bad entry":
        weights.write_bytes(with_header({**header, name: {"dtype": "F32"}}))
    elif damage == "not finite":
        at = 8 + length + header[name]["data_offsets"][0]
        weights.write_bytes(data[:at] + struct.pack("<f", float("nan")) + data[at + 4 :])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("no config", "config.json: the file is missing"),
        ("broken config", "is not valid JSON"),
        ("no weights", "model.safetensors: the file is missing"),
        ("empty", "too few for a safetensors header"),
        ("half", "truncated"),
        ("header cut", "truncated or no safetensors"),
        ("no safetensors", "not a JSON object"),
        ("missing tensor", 'tensor "model.norm.weight" is missing'),
        ("wrong shape", "has shape [12, 2] but config.json implies [24]"),
        ("wrong span", "spans 96 bytes but shape [25] of F32 needs 100"),
        ("wrong dtype", "has dtype I8"),
        ("bad entry", "bad header entry"),
        ("not finite", 'tensor "model.norm.weight" holds numbers that are not finite'),
    ],
)
def test_a_damaged_folder_is_refused_and_says_where(tmp_path: Path, damage: str, message: str) -> None:
    folder = write_model(tmp_path)
    _damaged(folder, damage)
    with pytest.raises(WorkerError) as caught:
        _load(folder)
    assert caught.value.reason == "ModelFiles"
    assert message in caught.value.message
    assert caught.value.message.endswith(".")
    # All but the numbers themselves is seen without reading them.
    if damage == "not finite":
        assert inspect(folder)["problem"] is None
    elif "config" not in damage:
        assert inspect(folder)["problem"] == caught.value.message


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    folder = write_model(tmp_path, shards=3)
    (folder / "model-00002-of-00003.safetensors").unlink()
    with pytest.raises(
        WorkerError, match="model-00002-of-00003.safetensors: the file is missing but the index names it"
    ):
        _load(folder)
    problem = inspect(folder)["problem"]
    assert isinstance(problem, str) and "model-00002-of-00003" in problem


def test_half_and_brain_floats_are_read(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    folder = write_model(tmp_path)
    stored = read_small(folder / "model.safetensors")
    for dtype in (torch.float16, torch.bfloat16):
        save_file({name: tensor.to(dtype) for name, tensor in stored.items()}, folder / "model.safetensors")
        found = _load(folder).weights.embedding
        assert torch.equal(found, stored["model.embed_tokens.weight"].to(dtype).float())


def test_inspect_says_what_a_model_needs(tmp_path: Path) -> None:
    folder = write_model(tmp_path, QWEN2)
    found = inspect(folder)
    count = sum(torch.Size(shape).numel() for shape in weight_shapes(read_config(folder)).values())
    assert found["parameters"] == count
    assert found["bytes"]["bfloat16"] == 2 * count
    assert found["bytes"]["int4"] < found["bytes"]["int8"] < 2 * count
    assert found["cacheBytesPerToken"] == 2 * 3 * 16 * 2
    assert found["problem"] is None


PEAK = """
import resource, sys
from pathlib import Path
import torch
from continualcode_worker.model import load
load.BUFFER = 2**21
unit = 1 if sys.platform == "darwin" else 1024
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
# Threads, buffers and allocators are there before it is measured.
load.load_model(Path(sys.argv[1]), torch.bfloat16, torch.device("cpu"), "none", lambda *_: None)
before = peak()
model = load.load_model(Path(sys.argv[2]), torch.bfloat16, torch.device("cpu"), "none", lambda *_: None)
print(peak() - before - model.weights.bytes)
"""


def test_beside_the_weights_less_than_a_shard_is_held(tmp_path: Path) -> None:
    large = {**QWEN3, "hidden_size": 256, "intermediate_size": 8192, "vocab_size": 20_000}
    small = write_model(tmp_path / "small")
    folder = write_model(tmp_path / "large", large, shards=3)
    shards = [path.stat().st_size for path in folder.glob("*.safetensors")]
    output = subprocess.run(
        [sys.executable, "-c", PEAK, str(small), str(folder)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert int(output) < min(shards) / 2
