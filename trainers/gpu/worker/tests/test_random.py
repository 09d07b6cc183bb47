from __future__ import annotations

import numpy as np
import pytest

from continualcode_worker.adapter.random import LANES, Random
from continualcode_worker.model.identity import js_number


def test_the_numbers_are_those_of_the_pocket_backend() -> None:
    # Printed by its generator: makeRandom(7) and makeRandom(2 ** 40 + 5).
    assert [Random(7).uniform() for _ in range(1)] == [SEVEN[0]]
    random = Random(7)
    assert [random.uniform() for _ in range(4)] == SEVEN
    large = Random(2**40 + 5)
    assert [large.uniform() for _ in range(3)] == LARGE


@pytest.mark.parametrize("count", [4 * LANES, 4 * LANES + 1, 6 * LANES - 3])
def test_lanes_give_the_same_numbers_and_leave_the_same_state(count: int) -> None:
    one, many = Random(3), Random(3)
    expected = np.array([one.uniform() for _ in range(count)])
    assert np.array_equal(many.uniforms(count), expected)
    assert many.uniform() == one.uniform()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1e-6, "0.000001"),
        (1.5e-7, "1.5e-7"),
        (1e-5, "0.00001"),
        (10000.0, "10000"),
        (1e21, "1e+21"),
        (123456789012345680000.0, "123456789012345680000"),
        (0.1, "0.1"),
        (32, "32"),
        (12.5, "12.5"),
        (-0.25, "-0.25"),
    ],
)
def test_numbers_are_printed_as_javascript_does(value: float, expected: str) -> None:
    assert js_number(value) == expected


SEVEN = [0.2338277214186818, 0.44891324020897816, 0.19273095208474922, 0.9380909565200235]
LARGE = [0.2612317778799723, 0.26982475348968116, 0.0667127297555834]
