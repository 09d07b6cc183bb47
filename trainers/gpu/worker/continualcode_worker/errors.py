"""Failures in the protocol's words."""

from __future__ import annotations

from typing import Literal

Reason = Literal[
    "ModelFiles",
    "Tokenizer",
    "ContextTooLong",
    "NonFinite",
    "Snapshot",
    "Unsupported",
    "Internal",
    "OutOfMemory",
    "Protocol",
]


class WorkerError(Exception):
    """An operation failed and changed nothing. The message ends with what a person can do."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason
        self.message = message


def file_problem(path: object, problem: str, advice: str = "Copy or download the model folder again.") -> WorkerError:
    """A model or adapter file that cannot be used: the file, what is wrong in it, what to do."""
    return WorkerError("ModelFiles", f"{path}: {problem}. {advice}")
