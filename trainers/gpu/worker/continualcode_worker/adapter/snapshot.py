"""Adapter, optimiser, revision and shadows as bytes: the pocket backend's format.

Magic (8 bytes), SHA-256 of all that follows (32 bytes), format version and header length (uint32 each,
little-endian), the JSON header padded to a multiple of 4, then float32 vectors, little-endian: parameters, first
moment, second moment, shadows in the header's order.
"""

from __future__ import annotations

import hashlib
import json
import struct

import numpy as np
import torch
from torch import Tensor

from ..errors import WorkerError
from ..model.identity import js_number
from ..protocol.requests import LoraSpec
from .layout import AdapterLayout
from .state import AdapterState, parameters_of

MAGIC = b"CCODEADP"
VERSION = 1
CHECKED = 40
PREFIX = 48


def _damaged(problem: str) -> WorkerError:
    return WorkerError("Snapshot", f"The adapter snapshot {problem}. Restore an older snapshot or reset the adapter.")


def _describe(rank: object, alpha: object, targets: object) -> str:
    names = ",".join(str(target) for target in targets) if isinstance(targets, (list, tuple)) else str(targets)
    number = js_number(alpha) if isinstance(alpha, (int, float)) else str(alpha)
    return f"rank {rank}, alpha {number}, targets {names}"


def _lora_json(lora: LoraSpec) -> str:
    targets = json.dumps(list(lora.targets), separators=(",", ":"))
    return f'{{"rank":{lora.rank},"alpha":{js_number(lora.alpha)},"targets":{targets}}}'


def _bytes(vector: Tensor) -> bytes:
    return vector.detach().to("cpu", torch.float32).numpy().astype("<f4", copy=False).tobytes()


def encode_snapshot(state: AdapterState, layout: AdapterLayout, identity: str) -> bytes:
    """Equal states give equal bytes, on either backend."""
    # JavaScript sorts by UTF-16 code units.
    names = sorted(state.shadows, key=lambda name: name.encode("utf-16-be"))
    header = (
        f'{{"modelIdentity":{json.dumps(identity)},"lora":{_lora_json(layout.lora)},"size":{layout.size}'
        f',"revision":{state.revision},"shadows":{json.dumps(names, ensure_ascii=False, separators=(",", ":"))}}}'
    ).encode()
    padded = header + b" " * (-len(header) % 4)
    vectors = [state.parameters.vector, state.first_moment, state.second_moment]
    vectors += [state.shadows[name].vector for name in names]
    checked = b"".join([struct.pack("<II", VERSION, len(padded)), padded, *(_bytes(vector) for vector in vectors)])
    return MAGIC + hashlib.sha256(checked).digest() + checked


def decode_snapshot(data: bytes, layout: AdapterLayout, identity: str, device: torch.device) -> AdapterState:
    """The state a snapshot holds, exact to the bit. Fails with Snapshot for bytes that are damaged or belong
    elsewhere."""
    if len(data) < PREFIX or data[:8] != MAGIC:
        raise _damaged("is not one of ours")
    version, header_length = struct.unpack_from("<II", data, CHECKED)
    if version != VERSION:
        raise _damaged(f"has format version {version}; this program reads {VERSION}")
    if hashlib.sha256(memoryview(data)[CHECKED:]).digest() != data[8:CHECKED]:
        raise _damaged("is truncated or damaged")
    header = json.loads(data[PREFIX : PREFIX + header_length])
    found, size = header["modelIdentity"], header["size"]
    if found != identity:
        raise WorkerError(
            "Snapshot",
            f"The adapter snapshot belongs to another model ({found[:12]}, not {identity[:12]}). "
            "Choose that model again or reset the adapter.",
        )
    theirs = _describe(header["lora"]["rank"], header["lora"]["alpha"], header["lora"]["targets"])
    ours = _describe(layout.lora.rank, layout.lora.alpha, layout.lora.targets)
    if theirs != ours or size != layout.size:
        raise WorkerError(
            "Snapshot",
            f"The adapter snapshot has {theirs} but the configuration says {ours}. "
            "Make them equal or reset the adapter.",
        )

    def vector(index: int) -> Tensor:
        numbers = np.frombuffer(data, "<f4", size, PREFIX + header_length + 4 * size * index)
        return torch.from_numpy(numbers.astype(np.float32)).to(device)

    return AdapterState(
        parameters=parameters_of(layout, vector(0)),
        first_moment=vector(1),
        second_moment=vector(2),
        revision=header["revision"],
        shadows={name: parameters_of(layout, vector(3 + index)) for index, name in enumerate(header["shadows"])},
    )
