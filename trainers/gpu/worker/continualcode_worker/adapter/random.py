"""The seeded generator of the pocket backend, bit for bit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MASK = 0xFFFFFFFF
LANES = 2048


def _rotate(x: int, by: int) -> int:
    return ((x << by) | (x >> (32 - by))) & MASK


def _seeded(seed: int) -> tuple[int, int, int, int]:
    """splitmix32 fills the state."""
    mix = (seed & MASK) ^ (((seed >> 32) & MASK) * 0x9E3779B9 & MASK)
    words: list[int] = []
    for _ in range(4):
        mix = (mix + 0x9E3779B9) & MASK
        z = mix
        z = (z ^ (z >> 16)) * 0x85EBCA6B & MASK
        z = (z ^ (z >> 13)) * 0xC2B2AE35 & MASK
        words.append(z ^ (z >> 16))
    return words[0], words[1], words[2], words[3] | 1


class Random:
    """xoshiro128** (Blackman & Vigna 2018). `uniform` is in [0, 1) with 53 bits."""

    def __init__(self, seed: int) -> None:
        self._state = _seeded(seed)

    def _next(self) -> int:
        a, b, c, d = self._state
        result = _rotate(b * 5 & MASK, 7) * 9 & MASK
        shifted = (b << 9) & MASK
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        self._state = (a, b, c ^ shifted, _rotate(d, 11))
        return result

    def uniform(self) -> float:
        high, low = self._next() >> 5, self._next() >> 6
        return (high * 0x4000000 + low) / 2**53

    def uniforms(self, count: int) -> npt.NDArray[np.float64]:
        """The next `count` numbers. Many are made in lanes that start where a lane before them ends."""
        if count < 4 * LANES:
            return np.array([self.uniform() for _ in range(count)], dtype=np.float64)
        each = -(-count // LANES)
        states = _lane_starts(self._state, 2 * each)
        out = np.empty((LANES, each), dtype=np.float64)
        for index in range(each):
            high, states = _step(states)
            low, states = _step(states)
            out[:, index] = ((high >> 5).astype(np.float64) * 0x4000000 + (low >> 6)) / 2**53
        numbers = out.reshape(-1)[:count]
        # The state after exactly `count` numbers: from the start of the lane that holds the last of them.
        lane, rest = divmod(count, each)
        self._state = _jump(self._state, 2 * each * lane)
        for _ in range(2 * rest):
            self._next()
        return numbers


Words = tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.uint32]]


def _step(state: Words) -> tuple[npt.NDArray[np.uint32], Words]:
    a, b, c, d = state
    five = b * np.uint32(5)
    result = ((five << np.uint32(7)) | (five >> np.uint32(25))) * np.uint32(9)
    c = c ^ a
    d = d ^ b
    return result, (a ^ d, b ^ c, c ^ (b << np.uint32(9)), (d << np.uint32(11)) | (d >> np.uint32(21)))


Bits = npt.NDArray[np.uint8]


def _bits(state: tuple[int, int, int, int]) -> Bits:
    return np.array([word >> bit & 1 for word in state for bit in range(32)], dtype=np.uint8)


def _words(bits: Bits) -> tuple[int, int, int, int]:
    values = [int(sum(int(bits[32 * word + bit]) << bit for bit in range(32))) for word in range(4)]
    return values[0], values[1], values[2], values[3]


def _product(a: Bits, b: Bits) -> Bits:
    """Over GF(2); 128 ones at most, so float32 sums are exact."""
    return ((a.astype(np.float32) @ b.astype(np.float32)).astype(np.int32) & 1).astype(np.uint8)


def _transition() -> Bits:
    """One step as a matrix: the state's next bits are linear in its bits."""
    columns: list[Bits] = []
    for index in range(128):
        unit = np.zeros(128, dtype=np.uint8)
        unit[index] = 1
        words = tuple(np.array([word], dtype=np.uint32) for word in _words(unit))
        _, after = _step((words[0], words[1], words[2], words[3]))
        columns.append(_bits((int(after[0][0]), int(after[1][0]), int(after[2][0]), int(after[3][0]))))
    return np.stack(columns, axis=1)


def _power(steps: int) -> Bits:
    result, base = np.eye(128, dtype=np.uint8), _transition()
    while steps > 0:
        if steps & 1:
            result = _product(base, result)
        base = _product(base, base)
        steps >>= 1
    return result


def _jump(state: tuple[int, int, int, int], steps: int) -> tuple[int, int, int, int]:
    return _words(_product(_power(steps), _bits(state)))


def _lane_starts(state: tuple[int, int, int, int], steps: int) -> Words:
    """The states of LANES lanes, each `steps` steps after the one before; doubled until there are enough."""
    jump = _power(steps)
    found: Bits = _bits(state)[:, None]
    while found.shape[1] < LANES:
        found = np.concatenate([found, _product(jump, found)], axis=1)
        jump = _product(jump, jump)
    found = found[:, :LANES]
    weight = (np.uint32(1) << np.arange(32, dtype=np.uint32))[:, None]

    def word(index: int) -> npt.NDArray[np.uint32]:
        bits = found[32 * index : 32 * index + 32].astype(np.uint32)
        joined: npt.NDArray[np.uint32] = np.bitwise_or.reduce(bits * weight, axis=0).astype(np.uint32)
        return joined

    return word(0), word(1), word(2), word(3)
