"""`python -m continualcode_worker`: serves the protocol on standard input and output."""

from __future__ import annotations

import logging
import os
import signal
import sys


def main() -> None:
    # Frames get a descriptor of their own: what libraries print must not come between them.
    sink = os.fdopen(os.dup(1), "wb", buffering=2**16)
    os.dup2(2, 1)
    source = os.fdopen(os.dup(0), "rb", buffering=2**16)
    if sys.platform == "win32":
        import msvcrt

        for stream in (source, sink):
            msvcrt.setmode(stream.fileno(), os.O_BINARY)
    # Ctrl-C in the terminal reaches the whole group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="continualcode worker: %(message)s")
    # Read when CUDA starts: sums in a fixed order, and memory that grows without holes.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    os.environ.setdefault("PYTORCH_ALLOC_CONF", "expandable_segments:True")
    from .server import Server

    Server(source, sink).serve()
    sink.flush()
    os._exit(0)


main()
