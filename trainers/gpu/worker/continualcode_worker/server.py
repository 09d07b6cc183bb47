"""Frames in, frames out: a thread that reads, and one that works."""

from __future__ import annotations

import logging
import os
import platform
import queue
import threading
import time
from typing import TYPE_CHECKING, Any, BinaryIO

from . import PROTOCOL, __version__
from .errors import WorkerError
from .protocol.frames import BadFrame, BadHeader, Frame, encode_frame, read_frame

if TYPE_CHECKING:
    from .session import Answer, Session

log = logging.getLogger(__name__)
Json = dict[str, Any]
EVERY = 0.1
"""Seconds between progress frames."""
DEVICE_LOST = 4
BAD_FRAME = 2


class Writer:
    """Writes whole frames, from either thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def write(self, header: Json, payload: bytes = b"") -> None:
        data = encode_frame(header, payload)
        with self._lock:
            self._stream.write(data)
            self._stream.flush()


class Cancelled:
    """Requests that are wanted no longer, as the reading thread hears of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled: set[int] = set()

    def end(self, request: int) -> None:
        with self._lock:
            self._cancelled.discard(request)

    def cancel(self, request: int) -> None:
        with self._lock:
            self._cancelled.add(request)

    def is_cancelled(self, request: int) -> bool:
        return request in self._cancelled


class Progress:
    """Progress frames of one request, not too many."""

    def __init__(self, writer: Writer, request: int) -> None:
        self._writer = writer
        self._request = request
        self._last = 0.0

    def __call__(self, stage: str, done: int, total: int, message: str) -> None:
        now = time.monotonic()
        if done < total and now - self._last < EVERY:
            return
        self._last = now
        self._writer.write(
            {
                "type": "progress",
                "id": self._request,
                "stage": stage,
                "done": done,
                "total": total,
                "message": message,
            }
        )


def _request_id(header: Json) -> int:
    found = header.get("id")
    if type(found) is not int or found < 0:
        raise WorkerError("Protocol", "A request has no id. Set up again.")
    return found


class Server:
    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source = source
        self._writer = Writer(sink)
        self._frames: queue.Queue[Frame] = queue.Queue()
        self._cancelled = Cancelled()
        self._session: Session | None = None

    def serve(self) -> None:
        """Until `close`. The end of the stream ends the process, from whatever it is doing."""
        self._writer.write(
            {
                "type": "hello",
                "protocol": PROTOCOL,
                "worker": __version__,
                "python": platform.python_version(),
                "pid": os.getpid(),
            }
        )
        threading.Thread(target=self._read, name="reader", daemon=True).start()
        while self._answer(self._frames.get()):
            pass

    def _read(self) -> None:
        try:
            while True:
                try:
                    frame = read_frame(self._source)
                except BadHeader as error:
                    self._fail(None, WorkerError("Protocol", f"Not understood: {error}. Set up again."))
                    continue
                if frame is None:
                    os._exit(0)
                self._receive(frame)
        except BadFrame as error:
            self._fail(None, WorkerError("Protocol", f"Not understood: {error}. Set up again."))
            os._exit(BAD_FRAME)
        except BaseException:
            # Without a reader nobody would notice that the parent is gone.
            log.exception("the reading thread failed")
            os._exit(1)

    def _receive(self, frame: Frame) -> None:
        header = frame.header
        kind = header.get("type")
        if kind == "cancel" and type(header.get("id")) is int:
            self._cancelled.cancel(header["id"])
        else:
            self._frames.put(frame)

    def _fail(self, request: int | None, error: WorkerError) -> None:
        revision = 0 if self._session is None else self._session.revision
        self._writer.write(
            {"type": "error", "id": request, "revision": revision, "reason": error.reason, "message": error.message}
        )

    def _answer(self, frame: Frame) -> bool:
        """Answers one request; false after `close`."""
        header = frame.header
        request: int | None = None
        try:
            request = _request_id(header)
            unknown = set(header) - {"type", "id", "operation", "input", "payload"}
            operation = header.get("operation")
            if header.get("type") != "request" or unknown or not isinstance(operation, str):
                raise WorkerError("Protocol", "A request is malformed. Set up again.")
            if operation == "close":
                self._result(request, None)
                return False
            self._result(request, self._perform(request, operation, header.get("input"), frame.payload))
        except WorkerError as error:
            self._fail(request, error)
        except BrokenPipeError:
            os._exit(0)
        except Exception as error:
            return self._unexpected(request, error)
        finally:
            if request is not None:
                self._cancelled.end(request)
        return True

    def _perform(self, request: int, operation: str, value: Any, payload: bytes) -> Answer:
        progress = Progress(self._writer, request)
        if self._session is None:
            progress("import", 0, 1, "torch")
            from .session import Session

            self._session = Session()
            progress("import", 1, 1, "torch")
        from .session import Context

        context = Context(
            progress=progress,
            token=lambda token: self._writer.write({"type": "token", "id": request, "token": token}),
            cancelled=lambda: self._cancelled.is_cancelled(request),
        )
        return self._session.perform(operation, value, payload, context)

    def _result(self, request: int, answer: Answer | None) -> None:
        revision = 0 if self._session is None else self._session.revision
        header: Json = {
            "type": "result",
            "id": request,
            "revision": revision,
            "value": None if answer is None else answer.value,
        }
        if answer is not None and answer.description is not None:
            header["payload"] = answer.description
        self._writer.write(header, b"" if answer is None else answer.payload)

    def _unexpected(self, request: int | None, error: Exception) -> bool:
        from .devices import is_out_of_memory
        from .engine.memory import out_of_memory

        log.exception("request %s failed", request)
        if is_out_of_memory(error):
            self._fail(request, out_of_memory("this request"))
            return True
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        lost = "CUDA error" in str(error) or "cuDNN error" in str(error)
        advice = (
            "The device does not answer any more; the worker ends and a new one starts from the last snapshot."
            if lost
            else "Nothing was changed; try again, or restart if it persists."
        )
        self._fail(request, WorkerError("Internal", f"The GPU backend failed: {text}. {advice}"))
        if lost:
            os._exit(DEVICE_LOST)
        return True
