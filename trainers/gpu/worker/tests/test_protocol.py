"""The worker as a process, through frames alone."""

from __future__ import annotations

import io
import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from models import some_ids

from continualcode_worker.protocol.frames import (
    BadFrame,
    BadHeader,
    Frame,
    decode_arrays,
    encode_frame,
    read_frame,
)

WORKER = Path(__file__).parents[1]
LORA = {"rank": 3, "alpha": 6, "targets": ["q_proj", "v_proj"]}
OPTIMIZER = {
    "learningRate": 0.02,
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
    "weightDecay": 0,
    "maxGradientNorm": None,
}
CURRENT = {"_tag": "Current"}
PROMPT = some_ids(1, 20)


class Client:
    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "continualcode_worker"],
            cwd=WORKER,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.next = 0
        self.extra: list[dict[str, Any]] = []

    def send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(encode_frame(header, payload))
        self.process.stdin.flush()

    def receive(self) -> Frame:
        assert self.process.stdout is not None
        frame = read_frame(self.process.stdout)
        assert frame is not None
        return frame

    def ask(self, operation: str, value: Any = None, payload: bytes = b"") -> int:
        request, self.next = self.next, self.next + 1
        described = {"payload": {"kind": "bytes"}} if payload else {}
        header = {"type": "request", "id": request, "operation": operation, "input": value or {}, **described}
        self.send(header, payload)
        return request

    def answer(self, request: int | None) -> Frame:
        """The result or error of a request; what else comes is kept in `extra`."""
        self.extra = []
        while True:
            frame = self.receive()
            if frame.header["type"] in ("result", "error"):
                assert frame.header["id"] == request
                return frame
            self.extra.append(frame.header)

    def call(self, operation: str, value: Any = None, payload: bytes = b"") -> Frame:
        return self.answer(self.ask(operation, value, payload))

    def value(self, operation: str, value: Any = None, payload: bytes = b"") -> Any:
        frame = self.call(operation, value, payload)
        assert frame.header["type"] == "result", frame.header
        return frame.header["value"]

    def error(self, operation: str, value: Any = None, payload: bytes = b"") -> tuple[str, str]:
        header = self.call(operation, value, payload).header
        assert header["type"] == "error", header
        return header["reason"], header["message"]


@pytest.fixture(scope="module")
def shared(qwen3: Path) -> Iterator[Client]:
    client = Client()
    hello = client.receive().header
    assert (hello["type"], hello["protocol"], hello["pid"]) == ("hello", 1, client.process.pid)
    assert client.error("snapshot") == ("Unsupported", "No model is open. Open one first.")
    opened = client.value("open", {"modelDirectory": str(qwen3), "lora": LORA, "stopIds": [2], "device": "cpu"})
    assert opened["info"]["backend"] == "gpu"
    assert opened["info"]["vocabularySize"] == 61
    assert opened["info"]["lora"] == LORA
    assert opened["info"]["capabilities"]["topK"] == 61
    assert len(opened["info"]["modelIdentity"]) == 64
    assert [frame["stage"] for frame in client.extra].count("load") >= 1
    yield client
    client.process.kill()
    client.process.wait()


@pytest.fixture()
def client(shared: Client) -> Client:
    shared.value("reset", {"seed": 7})
    return shared


ITEM = {"_tag": "CrossEntropy", "promptIds": PROMPT, "completionIds": [5, 6, 2], "baseKl": 0.1}


def test_a_lesson(client: Client) -> None:
    score = {"promptIds": PROMPT, "completionIds": [5, 6, 2], "weights": CURRENT}
    before = client.value("score", score)
    distill = {
        "_tag": "Distill",
        "promptIds": PROMPT,
        "completionIds": [5, 6, 2],
        "divergence": {"kind": "jsd", "alpha": 0.5},
        "teacher": {"promptIds": [*PROMPT, 9, 9], "weights": {"_tag": "Base"}},
        "baseKl": 0,
        "mask": [1, 1, 1],
        "oldLogProbs": before["logProbs"],
        "ratioClip": {"min": 0, "max": None},
    }
    report = client.value("forwardBackward", {"items": [ITEM, distill]})
    assert report["gradientNorm"] > 0
    assert list(report["items"][1]) == ["logProbs", "teacherLogProbs", "divergences", "baseKls", "ratios"]
    assert report["items"][1]["ratios"] == pytest.approx([1, 1, 1], abs=1e-5)
    assert report["stats"]["computedTokens"]["student"] == 44
    client.value("discard")
    client.value("forwardBackward", {"items": [ITEM]})
    update = client.call("update", OPTIMIZER).header
    assert update["revision"] == update["value"]["revision"] == 1
    assert client.value("score", score)["logProbs"] != before["logProbs"]
    value = client.value("evaluate", {"items": [ITEM]})
    assert value["gradientNorm"] == 0
    client.value("blendShadow", {"name": "slow", "rate": 0.5})
    snapshot = client.call("snapshot")
    assert snapshot.header["value"] == {"bytes": len(snapshot.payload)}
    client.value("reset", {"seed": 1})
    client.value("restore", {}, snapshot.payload)
    assert client.call("snapshot").payload == snapshot.payload
    assert client.value("status")["lastStep"]["checkpointing"] in ("none", "some", "all")
    assert client.value("gradientCosine", {"items": [ITEM]})["cosine"] <= 1.0001


def test_top_k_comes_as_arrays(client: Client) -> None:
    frame = client.call("score", {"promptIds": PROMPT, "completionIds": [5, 6], "weights": CURRENT, "topK": 4})
    arrays = decode_arrays(frame.header["payload"], frame.payload)
    assert arrays["topKIds"].shape == arrays["topKLogProbs"].shape == (2, 4)
    assert (arrays["topKLogProbs"][:, :-1] >= arrays["topKLogProbs"][:, 1:]).all()


def test_hidden_states_come_as_an_array(client: Client) -> None:
    asked = {"promptIds": PROMPT, "completionIds": [5, 6], "weights": CURRENT}
    frame = client.call("hiddenStates", asked)
    rows = decode_arrays(frame.header["payload"], frame.payload)["rows"]
    assert rows.shape == (2, 24)
    client.value("score", asked)
    again = client.call("hiddenStates", {**asked, "completionIds": []})
    assert decode_arrays(again.header["payload"], again.payload)["rows"].shape == (0, 24)


def test_tokens_stream_and_a_cancelled_sample_ends(client: Client) -> None:
    request = {"promptIds": PROMPT, "maxTokens": 30, "temperature": 0, "topP": 1, "seed": 0, "weights": CURRENT}
    whole = client.value("sample", request)
    tokens = [frame["token"] for frame in client.extra if frame["type"] == "token"]
    assert whole["tokens"] == len(tokens)
    assert [("finish" in token) for token in tokens] == [False] * (len(tokens) - 1) + [True]
    waiting = client.ask("sample", request)
    cancelled = client.ask("sample", {**request, "maxTokens": 900})
    client.send({"type": "cancel", "id": cancelled})
    client.answer(waiting)
    value = client.answer(cancelled).header["value"]
    assert value["finish"] == "cancelled"
    assert client.value("sample", {**request, "maxTokens": 0})["finish"] == "empty"


def test_adapter_files(client: Client, tmp_path: Path) -> None:
    client.value("exportPeft", {"directory": str(tmp_path)})
    assert json.loads((tmp_path / "adapter_config.json").read_text())["target_modules"] == ["q_proj", "v_proj"]
    client.value("importPeft", {"directory": str(tmp_path)})
    reason, message = client.error("importPeft", {"directory": str(tmp_path / "none")})
    assert reason == "ModelFiles"
    assert "adapter_config.json" in message


def test_before_and_around(client: Client, qwen3: Path) -> None:
    probe = client.value("probe")
    assert probe["devices"][-1]["device"] == "cpu"
    assert client.value("inspect", {"modelDirectory": str(qwen3)})["architecture"] == "qwen3"
    client.value("prepare")


@pytest.mark.parametrize(
    ("operation", "value", "where"),
    [
        ("fly", {}, "fly"),
        ("reset", {}, "input.seed is missing"),
        ("reset", {"seed": 1.5}, "input.seed is no whole number"),
        ("reset", {"seed": True}, "input.seed is no whole number"),
        ("reset", {"seed": 1, "sede": 2}, "input.sede is not known"),
        ("discard", [1], "input is no object"),
        ("score", {"promptIds": [1, "2"], "completionIds": [1], "weights": CURRENT}, "input.promptIds"),
        ("score", {"promptIds": [1], "completionIds": [1], "weights": {"_tag": "Now"}}, "input.weights._tag"),
        ("forwardBackward", {"items": [{**ITEM, "advantages": [1, 1, 1]}]}, "input.items[0].advantages is not known"),
        ("forwardBackward", {"items": [ITEM], "promptGradient": "some"}, "promptGradient"),
        ("open", {"modelDirectory": "/", "lora": LORA, "stopIds": [2], "dtype": "float16"}, "input.dtype"),
    ],
)
def test_malformed_requests_are_answered_and_the_worker_goes_on(
    client: Client, operation: str, value: Any, where: str
) -> None:
    reason, message = client.error(operation, value)
    assert reason == "Protocol"
    assert where in message
    assert client.value("discard") is None


def test_null_is_a_number_that_is_not_finite(client: Client) -> None:
    item = {**ITEM, "_tag": "PolicyGradient", "advantages": [None, 1, 1]}
    assert client.error("forwardBackward", {"items": [item]})[0] == "NonFinite"
    client.value("forwardBackward", {"items": [ITEM]})
    assert client.error("update", {**OPTIMIZER, "learningRate": None})[0] == "NonFinite"


def test_a_frame_without_a_request_in_it_is_answered_without_an_id(client: Client) -> None:
    assert client.process.stdin is not None
    client.process.stdin.write(struct.pack("<4sIQ", b"CCW1", 4, 0) + b"nope")
    client.process.stdin.flush()
    header = client.answer(None).header
    assert header["reason"] == "Protocol"
    client.send({"type": "request", "operation": "discard", "input": {}})
    assert client.answer(None).header["reason"] == "Protocol"
    assert client.value("discard") is None


def test_opening_fails_with_the_reason_and_leaves_no_model(client: Client, qwen3: Path, tmp_path: Path) -> None:
    good = {"modelDirectory": str(qwen3), "lora": LORA, "stopIds": [2], "device": "cpu"}
    assert client.error("open", {**good, "modelDirectory": str(tmp_path / "no")})[0] == "ModelFiles"
    assert client.error("discard")[0] == "Unsupported"
    assert client.error("open", {**good, "device": "cuda:77"})[0] == "Unsupported"
    assert client.error("open", {**good, "lora": {**LORA, "targets": ["lm_head"]}})[0] == "Unsupported"
    assert client.value("open", good)["dtype"] == "float32"


def test_the_end_of_input_ends_the_worker_in_the_middle_of_its_work(client: Client, qwen3: Path) -> None:
    # Last in this file: it ends the shared worker.
    long = {"promptIds": PROMPT, "maxTokens": 900, "temperature": 1, "topP": 1, "seed": 0, "weights": CURRENT}
    for seed in range(20):
        client.ask("sample", {**long, "seed": seed})
    assert client.receive().header["type"] == "token"
    assert client.process.stdin is not None
    client.process.stdin.close()
    assert client.process.wait(10) == 0


def _quick(data: bytes) -> tuple[int, list[Frame]]:
    """Runs a worker that never gets to load anything."""
    process = subprocess.Popen(
        [sys.executable, "-m", "continualcode_worker"],
        cwd=WORKER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    out, _ = process.communicate(data, timeout=300)
    stream = io.BytesIO(out)
    frames: list[Frame] = []
    while (frame := read_frame(stream)) is not None:
        frames.append(frame)
    return process.returncode, frames


def test_garbage_ends_the_worker_and_says_why() -> None:
    code, frames = _quick(b"GET / HTTP/1.1\r\n\r\n")
    assert code == 2
    assert [frame.header["type"] for frame in frames] == ["hello", "error"]
    assert frames[1].header["id"] is None
    huge = struct.pack("<4sIQ", b"CCW1", 2**31, 0)
    assert _quick(huge)[0] == 2


def test_close_is_answered_and_a_killed_parent_takes_the_worker_along(tmp_path: Path) -> None:
    client = Client()
    assert client.receive().header["type"] == "hello"
    assert client.call("close").header == {"type": "result", "id": 0, "revision": 0, "value": None}
    assert client.process.wait(120) == 0
    program = (
        "import subprocess, sys, time\n"
        "worker = subprocess.Popen([sys.executable, '-m', 'continualcode_worker'], stdin=subprocess.PIPE,"
        " stdout=subprocess.PIPE)\n"
        "worker.stdout.read(4)\n"
        "print(worker.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=WORKER, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 120
    while _alive(worker):
        assert time.monotonic() < deadline, "the worker outlived its parent"
        time.sleep(0.02)


def _alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("cut", range(0, 40, 3))
def test_a_frame_that_is_cut_off_is_the_end(cut: int) -> None:
    data = encode_frame({"type": "cancel", "id": 1}, b"12345")
    assert read_frame(io.BytesIO(data)) == Frame({"type": "cancel", "id": 1}, b"12345")
    assert read_frame(io.BytesIO(data[:cut])) is None


def test_what_is_no_frame_is_noticed_at_its_first_bytes() -> None:
    with pytest.raises(BadFrame):
        read_frame(io.BytesIO(b"CCW0"))
    with pytest.raises(BadHeader):
        read_frame(io.BytesIO(struct.pack("<4sIQ", b"CCW1", 3, 0) + b"NaN"))
    with pytest.raises(ValueError, match="JSON compliant"):
        encode_frame({"loss": float("nan")})
