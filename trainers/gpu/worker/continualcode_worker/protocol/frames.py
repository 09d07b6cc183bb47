"""Frames: magic, two lengths, a JSON header, a payload. See PROTOCOL.md."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

MAGIC = b"CCW1"
PREFIX = struct.Struct("<4sIQ")
LARGEST_HEADER = 256 * 2**20
LARGEST_PAYLOAD = 16 * 2**30
DTYPES: dict[str, np.dtype[Any]] = {"float32": np.dtype("<f4"), "int32": np.dtype("<i4")}


class BadFrame(Exception):
    """The bytes are no frame; nothing that follows them can be understood."""


class BadHeader(Exception):
    """A frame whose header is no JSON object. The stream goes on after it."""


class Frame(NamedTuple):
    header: dict[str, Any]
    payload: bytes


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is not JSON")


def _read_exactly(stream: IO[bytes], size: int) -> bytes:
    """`size` bytes, or fewer where the stream ends."""
    parts: list[bytes] = []
    left = size
    while left > 0:
        part = stream.read(min(left, 2**24))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def read_frame(stream: IO[bytes]) -> Frame | None:
    """The next frame; None where the stream ends, in the middle of a frame too."""
    magic = _read_exactly(stream, len(MAGIC))
    if not MAGIC.startswith(magic):
        raise BadFrame(f"the stream has {magic!r} where a frame should begin")
    prefix = magic + _read_exactly(stream, PREFIX.size - len(MAGIC))
    if len(prefix) < PREFIX.size:
        return None
    _, header_size, payload_size = PREFIX.unpack(prefix)
    if header_size > LARGEST_HEADER or payload_size > LARGEST_PAYLOAD:
        raise BadFrame(f"a frame says it has {header_size} and {payload_size} bytes")
    body = _read_exactly(stream, header_size)
    payload = _read_exactly(stream, payload_size)
    if len(body) < header_size or len(payload) < payload_size:
        return None
    try:
        header = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as cause:
        raise BadHeader(f"a frame's header is no JSON ({cause})") from cause
    if not isinstance(header, dict):
        raise BadHeader("a frame's header is no JSON object")
    return Frame(header, payload)


def encode_frame(header: dict[str, Any], payload: bytes = b"") -> bytes:
    """The bytes of a frame. Fails for numbers that JSON does not have."""
    body = json.dumps(header, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return PREFIX.pack(MAGIC, len(body), len(payload)) + body + payload


def encode_arrays(arrays: Sequence[tuple[str, npt.NDArray[Any]]]) -> tuple[dict[str, Any], bytes]:
    """A payload of float32 and int32 arrays and its description for the header."""
    described: list[dict[str, Any]] = []
    parts: list[bytes] = []
    for name, array in arrays:
        dtype = "float32" if array.dtype.kind == "f" else "int32"
        described.append({"name": name, "dtype": dtype, "shape": list(array.shape)})
        parts.append(np.ascontiguousarray(array, DTYPES[dtype]).tobytes())
    return {"kind": "arrays", "arrays": described}, b"".join(parts)


def decode_arrays(description: dict[str, Any], payload: bytes) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a payload, by name. For callers and tests; the worker's requests carry none."""
    found: dict[str, npt.NDArray[Any]] = {}
    at = 0
    for entry in description["arrays"]:
        dtype = DTYPES[entry["dtype"]]
        count = math.prod(entry["shape"])
        found[entry["name"]] = np.frombuffer(payload, dtype, count, at).reshape(entry["shape"])
        at += count * dtype.itemsize
    return found
