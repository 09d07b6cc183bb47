"""Adapters as Hugging Face PEFT reads and writes them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch
from torch import Tensor

from ..errors import WorkerError, file_problem
from ..model.identity import js_number
from ..model.safetensors import encode_safetensors, read_small
from .layout import AdapterLayout

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
ADVICE = "Export the adapter again, or make lora_rank, lora_alpha and lora_targets equal to it."


def _write_whole(path: Path, data: bytes) -> None:
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def write_peft(directory: Path, model_name: str, layout: AdapterLayout, vector: Tensor) -> None:
    """adapter_model.safetensors and adapter_config.json; each file appears whole or not at all."""
    lora = layout.lora
    alpha = int(lora.alpha) if float(lora.alpha).is_integer() else lora.alpha
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": model_name,
        "r": lora.rank,
        "lora_alpha": alpha,
        "lora_dropout": 0,
        "target_modules": list(lora.targets),
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "init_lora_weights": True,
        "use_dora": False,
        "use_rslora": False,
    }
    numbers = vector.detach().to("cpu").numpy()
    tensors = [
        (tensor.peft_name, numbers[tensor.offset : tensor.offset + tensor.size].reshape(tensor.shape))
        for tensor in layout.tensors
    ]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _write_whole(directory / WEIGHTS, encode_safetensors(tensors))
        _write_whole(directory / CONFIG, (json.dumps(config, indent=2) + "\n").encode())
    except OSError as cause:
        raise WorkerError(
            "Internal",
            f"The adapter could not be written to {directory} ({cause.strerror or cause}). "
            "Choose a folder that can be written and has room.",
        ) from cause


def _read_config(path: Path) -> dict[str, object]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise file_problem(path, "the file is missing", "Choose a folder that holds a PEFT adapter.") from None
    except OSError as cause:
        raise file_problem(path, f"cannot be read ({cause.strerror})", "Check its permissions.") from cause
    except ValueError as cause:
        raise file_problem(path, f"is not valid JSON ({cause})", ADVICE) from cause
    if not isinstance(config, dict):
        raise file_problem(path, "is no JSON object", ADVICE)
    return config


def _check_config(path: Path, config: dict[str, object], layout: AdapterLayout) -> None:
    lora = layout.lora
    targets = config.get("target_modules")
    if isinstance(targets, list):
        targets = sorted(str(target) for target in targets)
    expected: list[tuple[str, object, object]] = [
        ("peft_type", config.get("peft_type"), "LORA"),
        ("r", config.get("r"), lora.rank),
        ("lora_alpha", config.get("lora_alpha"), lora.alpha),
        ("target_modules", targets, sorted(lora.targets)),
        ("use_dora", config.get("use_dora") or False, False),
        ("use_rslora", config.get("use_rslora") or False, False),
        ("bias", config.get("bias") or "none", "none"),
    ]
    for field, found, wanted in expected:
        if found != wanted:
            shown = js_number(wanted) if isinstance(wanted, float) else json.dumps(wanted)
            raise file_problem(path, f"{field} is {json.dumps(found)}, not {shown}", ADVICE)


def read_peft(directory: Path, layout: AdapterLayout) -> Tensor:
    """The parameters of a PEFT adapter with exactly this rank, alpha and these targets, on the CPU."""
    config_path = directory / CONFIG
    _check_config(config_path, _read_config(config_path), layout)
    path = directory / WEIGHTS
    found = dict(read_small(path))
    vector = torch.zeros(layout.size, dtype=torch.float32)
    for tensor in layout.tensors:
        name = tensor.peft_name
        if name not in found:
            raise file_problem(path, f'tensor "{name}" is missing', ADVICE)
        data = found.pop(name)
        if tuple(data.shape) != tensor.shape:
            raise file_problem(path, f'tensor "{name}" has shape {list(data.shape)}, not {list(tensor.shape)}', ADVICE)
        if not bool(torch.isfinite(data).all()):
            raise file_problem(path, f'tensor "{name}" holds numbers that are not finite', ADVICE)
        vector[tensor.offset : tensor.offset + tensor.size] = data.reshape(-1)
    for name in found:
        raise file_problem(path, f'tensor "{name}" does not belong to this model', ADVICE)
    return vector
