"""Failures that cannot be made to happen from outside."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from continualcode_worker import devices
from continualcode_worker import server as serving
from continualcode_worker.errors import WorkerError
from continualcode_worker.host import host_memory
from continualcode_worker.protocol.frames import Frame, encode_frame, read_frame
from continualcode_worker.server import Server


class Ended(BaseException):
    pass


def _answers(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> tuple[list[Frame], int | None]:
    """What the server says when an operation fails like this, and the code it exits with, if it does."""
    codes: list[int] = []

    def leave(code: int) -> None:
        codes.append(code)
        raise Ended

    def fail(*_: Any) -> None:
        raise failure

    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(Server, "_perform", fail)
    sink = io.BytesIO()
    server = Server(io.BytesIO(), sink)
    for request in (3, 4):
        header: dict[str, Any] = {"type": "request", "id": request, "operation": "discard", "input": {}}
        frame = read_frame(io.BytesIO(encode_frame(header)))
        assert frame is not None
        try:
            assert server._answer(frame)
        except Ended:
            break
    sink.seek(0)
    frames: list[Frame] = []
    while (frame := read_frame(sink)) is not None:
        frames.append(frame)
    return frames, codes[0] if codes else None


def test_a_lost_device_ends_the_worker_after_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = RuntimeError("CUDA error: unspecified launch failure\nCompile with TORCH_USE_CUDA_DSA")
    frames, code = _answers(monkeypatch, failure)
    assert code == serving.DEVICE_LOST
    assert [frame.header["id"] for frame in frames] == [3]
    assert frames[0].header["reason"] == "Internal"
    assert "last snapshot" in frames[0].header["message"]
    assert "DSA" not in frames[0].header["message"]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "OutOfMemory"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), "OutOfMemory"),
        (ValueError("odd"), "Internal"),
    ],
)
def test_anything_else_is_answered_and_the_worker_goes_on(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, reason: str
) -> None:
    frames, code = _answers(monkeypatch, failure)
    assert code is None
    assert [(frame.header["id"], frame.header["reason"]) for frame in frames] == [(3, reason), (4, reason)]


def test_a_reader_that_is_gone_ends_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    _, code = _answers(monkeypatch, BrokenPipeError())
    assert code == 0


def test_the_hosts_memory_is_counted() -> None:
    total, free = host_memory()
    assert 0 < free <= total


def test_why_an_accelerator_cannot_be_used_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(devices, "NVIDIA_VERSION", tmp_path / "version")
    assert devices.probe()["problem"] is None
    (tmp_path / "version").write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.95.05  Tue Sep 23\n")
    monkeypatch.setattr(torch.version, "cuda", None)
    probe = devices.probe()
    assert probe["driver"] == "580.95.05"
    assert probe["problem"] == f"torch {torch.__version__} was built without CUDA"
    with pytest.raises(WorkerError, match=r"no cuda that can be used \(torch .* was built without CUDA\)"):
        devices.choose("cuda")
    (tmp_path / "version").unlink()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "MPS" in devices.probe()["problem"]
