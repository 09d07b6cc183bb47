"""The host's memory, on Linux, macOS and Windows."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import NamedTuple


class HostMemory(NamedTuple):
    total: int
    free: int


class _WindowsStatus(ctypes.Structure):
    _fields_ = [
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        *((name, ctypes.c_uint64) for name in ("total", "free", "a", "b", "c", "d", "e")),
    ]


def _windows() -> HostMemory:
    status = _WindowsStatus(length=ctypes.sizeof(_WindowsStatus))
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined,unused-ignore]
    return HostMemory(status.total, status.free)


def host_memory() -> HostMemory:
    """Bytes. Where the system does not count what is free, half of the whole stands for it."""
    if sys.platform == "win32":
        return _windows()
    page = os.sysconf("SC_PAGE_SIZE")
    total = page * os.sysconf("SC_PHYS_PAGES")
    if "SC_AVPHYS_PAGES" not in os.sysconf_names:
        return HostMemory(total, total // 2)
    return HostMemory(total, page * os.sysconf("SC_AVPHYS_PAGES"))
