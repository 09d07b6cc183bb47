"""Reads JSON values as what they should be, or says where they are not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..errors import WorkerError

T = TypeVar("T")
Json = Any


def malformed(where: str, problem: str) -> WorkerError:
    return WorkerError("Protocol", f"{where} {problem}. The program that asks and the worker do not fit: set up again.")


class Fields:
    """The fields of a JSON object. `done` refuses what nobody asked for."""

    def __init__(self, value: Json, where: str) -> None:
        if not isinstance(value, dict):
            raise malformed(where, "is no object")
        self._value: Mapping[str, Json] = value
        self._asked: set[str] = set()
        self._where = where

    def has(self, name: str) -> bool:
        return name in self._value

    def get(self, name: str, read: Callable[[Json, str], T]) -> T:
        self._asked.add(name)
        where = f"{self._where}.{name}"
        if name not in self._value:
            raise malformed(where, "is missing")
        return read(self._value[name], where)

    def optional(self, name: str, read: Callable[[Json, str], T], default: T) -> T:
        self._asked.add(name)
        return self.get(name, read) if name in self._value else default

    def maybe(self, name: str, read: Callable[[Json, str], T]) -> T | None:
        self._asked.add(name)
        return self.get(name, read) if name in self._value else None

    def done(self) -> None:
        for name in self._value:
            if name not in self._asked:
                raise malformed(f"{self._where}.{name}", "is not known")


def text(value: Json, where: str) -> str:
    if not isinstance(value, str):
        raise malformed(where, "is no text")
    return value


def integer(value: Json, where: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise malformed(where, "is no whole number")
    return value


def natural(value: Json, where: str) -> int:
    number = integer(value, where)
    if number < 0:
        raise malformed(where, "is negative")
    return number


def positive(value: Json, where: str) -> int:
    number = integer(value, where)
    if number < 1:
        raise malformed(where, "is not positive")
    return number


def number(value: Json, where: str) -> float:
    """A number; `null` is one that is not finite."""
    if value is None:
        return math.nan
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise malformed(where, "is no number")
    return float(value)


def limit(value: Json, where: str) -> float:
    """A number; `null` is no limit."""
    return math.inf if value is None else number(value, where)


def one_of(*choices: str) -> Callable[[Json, str], str]:
    def read(value: Json, where: str) -> str:
        if value not in choices:
            raise malformed(where, f"is none of {', '.join(choices)}")
        return str(value)

    return read


def list_of(read: Callable[[Json, str], T]) -> Callable[[Json, str], list[T]]:
    def read_list(value: Json, where: str) -> list[T]:
        if not isinstance(value, list):
            raise malformed(where, "is no list")
        return [read(entry, f"{where}[{index}]") for index, entry in enumerate(value)]

    return read_list


def token_ids(value: Json, where: str) -> list[int]:
    """A list of whole numbers, checked in bulk as prompts are long."""
    if not isinstance(value, list) or not all(type(entry) is int for entry in value):
        raise malformed(where, "is no list of token ids")
    return value
