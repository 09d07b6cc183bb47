"""Reads a model folder straight to the device: one pass over each file, hashed on the way, two small buffers on the
host."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from ..errors import file_problem
from .config import ModelConfig, read_config, weight_shapes
from .identity import config_json, sharded_identity
from .safetensors import Entry, read_header
from .weights import ModelWeights, Write, empty_weights

BUFFER = 32 * 2**20
Progress = Callable[[str, int, int, str], None]
"""Stage, bytes done, bytes in all, what is being read."""


@dataclass(frozen=True)
class LoadedModel:
    config: ModelConfig
    weights: ModelWeights
    identity: str


def weight_files(folder: Path) -> list[Path]:
    """model.safetensors, or the shards that model.safetensors.index.json names, in name order."""
    single, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if single.exists() or not index.exists():
        if not single.exists():
            raise file_problem(
                single, "the file is missing", "The folder must hold a model in the Hugging Face layout."
            )
        return [single]
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as cause:
        raise file_problem(index, f"names no weight files ({cause})") from cause
    files: list[Path] = []
    for name in names:
        path = folder / str(name)
        if Path(str(name)).name != name:
            raise file_problem(index, f"names a file outside the folder ({name})")
        if not path.exists():
            partial = " It seems half-downloaded." if any(folder.glob("*.incomplete")) else ""
            raise file_problem(path, f"the file is missing but the index names it.{partial}")
        files.append(path)
    return files


class _Stream:
    """Reads a file in order through two buffers; while one is read into, the other is hashed."""

    def __init__(self, stream: BinaryIO, digest: hashlib._Hash, pool: ThreadPoolExecutor, pinned: bool) -> None:
        self._stream = stream
        self._digest = digest
        self._pool = pool
        self._buffers = [torch.empty(BUFFER, dtype=torch.uint8, pin_memory=pinned) for _ in range(2)]
        self._busy: list[Future[None] | None] = [None, None]
        self._turn = 0

    def read(self, size: int) -> Tensor:
        """The next `size` bytes, at most a buffer; they stay until the call after the next."""
        turn = self._turn = 1 - self._turn
        before = self._busy[turn]
        if before is not None:
            before.result()
        view = memoryview(self._buffers[turn].numpy().data)[:size]
        at = 0
        while at < size:
            count = self._stream.readinto(view[at:])  # type: ignore[attr-defined]
            if not count:
                raise EOFError
            at += count
        self._busy[turn] = self._pool.submit(self._digest.update, view)
        return self._buffers[turn][:size]

    def finish(self) -> None:
        for before in self._busy:
            if before is not None:
                before.result()


def _check_shapes(path: Path, entries: list[Entry], shapes: dict[str, tuple[int, ...]]) -> None:
    for entry in entries:
        if entry.shape != shapes[entry.name]:
            raise file_problem(
                path,
                f'tensor "{entry.name}" has shape {list(entry.shape)} but config.json implies '
                f"{list(shapes[entry.name])}",
            )


def _check_names(folder: Path, shapes: dict[str, tuple[int, ...]], found: set[str]) -> None:
    for name in shapes:
        if name not in found:
            raise file_problem(folder, f'tensor "{name}" is missing from the weights; config.json asks for it')


def check_weights(folder: Path, config: ModelConfig) -> None:
    """Fails for weight files that are missing, cut off or of another model, going by their headers alone."""
    shapes = weight_shapes(config)
    found: set[str] = set()
    for path in weight_files(folder):
        try:
            with path.open("rb") as stream:
                entries = read_header(path, stream, frozenset(shapes))
        except OSError as cause:
            raise file_problem(path, f"cannot be read ({cause.strerror or cause})", "Check its permissions.") from cause
        _check_shapes(path, entries, shapes)
        found |= {entry.name for entry in entries}
    _check_names(folder, shapes, found)


class _File:
    """One weight file on its way to the device."""

    def __init__(
        self, path: Path, device: torch.device, writers: dict[str, Write], tick: Callable[[int], None]
    ) -> None:
        self._path = path
        self._device = device
        self._writers = writers
        self._tick = tick

    def load(self, shapes: dict[str, tuple[int, ...]], digest: hashlib._Hash) -> set[str]:
        """Writes the file's tensors, adds all its bytes to the digest, returns the names found."""
        with self._path.open("rb", buffering=0) as raw, ThreadPoolExecutor(1) as pool:
            entries = read_header(self._path, raw, frozenset(shapes))
            _check_shapes(self._path, entries, shapes)
            size = raw.seek(0, 2)
            raw.seek(0)
            stream = _Stream(raw, digest, pool, self._device.type == "cuda")
            at = 0
            try:
                for entry in entries:
                    self._skip(stream, entry.start - at)
                    self._tensor(stream, entry)
                    at = entry.end
                self._skip(stream, size - at)
            except EOFError:
                raise file_problem(self._path, "ends while it is read; another program changes it") from None
            stream.finish()
        return {entry.name for entry in entries}

    def _skip(self, stream: _Stream, size: int) -> None:
        while size > 0:
            part = min(size, BUFFER)
            stream.read(part)
            self._tick(part)
            size -= part

    def _tensor(self, stream: _Stream, entry: Entry) -> None:
        rows = entry.shape[0]
        row_bytes = (entry.end - entry.start) // max(rows, 1)
        finite = torch.ones((), dtype=torch.bool, device=self._device)
        each = max(1, BUFFER // max(row_bytes, 1))
        for start in range(0, rows, each):
            count = min(each, rows - start)
            data = stream.read(count * row_bytes)
            self._tick(count * row_bytes)
            # A copy that has not ended must not see its buffer reused, so this one is waited for.
            part = data.view(entry.dtype).view(count, *entry.shape[1:]).to(self._device)
            finite &= torch.isfinite(part).all()
            self._writers[entry.name](start, part)
        if not bool(finite):
            raise file_problem(self._path, f'tensor "{entry.name}" holds numbers that are not finite')


def load_model(
    folder: Path, dtype: torch.dtype, device: torch.device, quantization: str, progress: Progress
) -> LoadedModel:
    """Loads a folder in the Hugging Face layout. Anything wrong, truncated or mismatching fails and names file and
    field."""
    config = read_config(folder)
    files = weight_files(folder)
    shapes = weight_shapes(config)
    total = sum(path.stat().st_size for path in files)
    done = 0
    weights, writers = empty_weights(config, dtype, device, quantization)
    found: set[str] = set()
    digests: list[bytes] = []
    single = len(files) == 1 and files[0].name == "model.safetensors"
    for path in files:

        def tick(count: int, path: Path = path) -> None:
            nonlocal done
            done += count
            progress("load", done, total, path.name)

        digest = hashlib.sha256(config_json(config).encode() if single else b"")
        try:
            found |= _File(path, device, writers, tick).load(shapes, digest)
        except OSError as cause:
            raise file_problem(path, f"cannot be read ({cause.strerror or cause})", "Check its permissions.") from cause
        digests.append(digest.digest())
    _check_names(folder, shapes, found)
    identity = digests[0].hex() if single else sharded_identity(config, digests)
    return LoadedModel(config, weights, identity)
