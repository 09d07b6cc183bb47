"""Safetensors files: headers, streaming reads, whole writes."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import torch

from ..errors import file_problem

DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


@dataclass(frozen=True)
class Entry:
    """One tensor of a file; `start` and `end` are offsets from the file's beginning."""

    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    start: int
    end: int


def read_header(path: Path, stream: BinaryIO, wanted: frozenset[str] | None = None) -> list[Entry]:
    """The wanted tensors of a file in the order of their bytes. Leaves the stream anywhere."""
    size = stream.seek(0, 2)
    stream.seek(0)
    if size < 8:
        raise file_problem(path, f"has {size} bytes, too few for a safetensors header")
    (length,) = struct.unpack("<Q", stream.read(8))
    start = 8 + length
    if start > size:
        raise file_problem(
            path,
            f"the header says it is {length} bytes long but the file has {size}; it is truncated or no safetensors",
        )
    try:
        header = json.loads(stream.read(length))
        if not isinstance(header, dict):
            raise ValueError("it is another kind of value")
    except ValueError as cause:
        raise file_problem(path, f"the header is not a JSON object ({cause})") from cause
    entries = [
        _entry(path, name, value, start, size)
        for name, value in header.items()
        if name != "__metadata__" and (wanted is None or name in wanted)
    ]
    return sorted(entries, key=lambda entry: entry.start)


def _entry(path: Path, name: str, value: object, start: int, size: int) -> Entry:
    try:
        assert isinstance(value, dict)
        shape = tuple(int(length) for length in value["shape"])
        first, last = (int(offset) for offset in value["data_offsets"])
        kind = str(value["dtype"])
        assert 0 <= first <= last and all(length >= 0 for length in shape)
    except (AssertionError, KeyError, TypeError, ValueError) as cause:
        raise file_problem(path, f'tensor "{name}" has a bad header entry') from cause
    if kind not in DTYPES:
        raise file_problem(
            path,
            f'tensor "{name}" has dtype {kind}',
            "Only F32, F16 and BF16 weights can be loaded; convert the model.",
        )
    dtype = DTYPES[kind]
    needed = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if last - first != needed:
        raise file_problem(
            path, f'tensor "{name}" spans {last - first} bytes but shape {list(shape)} of {kind} needs {needed}'
        )
    if start + last > size:
        raise file_problem(
            path, f'tensor "{name}" ends at byte {start + last} but the file has {size}; it is truncated'
        )
    return Entry(name, dtype, shape, start + first, start + last)


def encode_safetensors(tensors: Sequence[tuple[str, npt.NDArray[np.float32]]]) -> bytes:
    """The bytes of float32 tensors in the given order, the header padded to 8 bytes."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, array in tensors:
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(array.astype("<f4").tobytes() for _, array in tensors)


def read_small(path: Path) -> Mapping[str, torch.Tensor]:
    """All tensors of a file that fits into memory, in float32 on the CPU."""
    try:
        with path.open("rb") as stream:
            found: dict[str, torch.Tensor] = {}
            for entry in read_header(path, stream):
                stream.seek(entry.start)
                data = bytearray(stream.read(entry.end - entry.start))
                tensor = torch.frombuffer(data, dtype=entry.dtype) if data else torch.empty(0, dtype=entry.dtype)
                found[entry.name] = tensor.reshape(entry.shape).to(torch.float32)
            return found
    except FileNotFoundError:
        raise file_problem(path, "the file is missing", "Choose a folder that holds it.") from None
    except OSError as cause:
        raise file_problem(path, f"cannot be read ({cause.strerror})", "Check its permissions.") from cause
