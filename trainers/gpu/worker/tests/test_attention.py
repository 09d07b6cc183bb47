"""The forms of attention that CUDA takes are the one that the CPU takes."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch.nn.attention.bias import causal_lower_right

from continualcode_worker.model.attention import PIECE, attention, decode_attention


def _random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64)


def _plain(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Position by position, head by head."""
    rows, heads, size = q.shape
    keys = k.shape[1]
    out = torch.zeros(rows, heads, size, dtype=q.dtype)
    for row in range(rows):
        seen = keys - rows + row + 1
        for head in range(heads):
            group = head // (heads // k.shape[0])
            shares = (k[group, :seen] @ q[row, head] / size**0.5).softmax(0)
            out[row, head] = shares @ v[group, :seen]
    return out.view(rows, -1)


@pytest.mark.parametrize(("rows", "keys"), [(1, 1), (1, 9), (5, 5), (4, 11)])
@pytest.mark.parametrize("groups", [2, 6])
def test_attention_is_the_formula(rows: int, keys: int, groups: int) -> None:
    q, k, v = _random(rows, 6, 8), _random(groups, keys, 8), _random(groups, keys, 8)
    assert torch.allclose(attention(q, k, v), _plain(q, k, v), atol=1e-12)


def test_the_bias_that_cuda_takes_means_the_same() -> None:
    q, k, v = _random(4, 6, 8), _random(2, 11, 8), _random(2, 11, 8)
    wide_k, wide_v = (x.repeat_interleave(3, dim=0) for x in (k, v))
    out = F.scaled_dot_product_attention(
        q.transpose(0, 1)[None], wide_k[None], wide_v[None], attn_mask=causal_lower_right(4, 11)
    )
    assert torch.allclose(out[0].transpose(0, 1).reshape(4, -1), _plain(q, k, v), atol=1e-12)


def test_the_split_form_for_one_query_is_the_formula() -> None:
    length, seen = 3 * PIECE, 400
    q, k, v = _random(6, 8), _random(2, length, 8), _random(2, length, 8)
    hidden = torch.arange(length) >= seen
    found = decode_attention(q, k, v, hidden)
    expected = _plain(q[None], k[:, :seen], v[:, :seen])[0]
    # Shares are summed in float32, as on a GPU.
    assert torch.allclose(found, expected, atol=1e-6)


def test_scores_are_not_rounded_to_brain_floats() -> None:
    length = PIECE
    q, k, v = (8 * _random(6, 8)).bfloat16(), (8 * _random(2, length, 8)).bfloat16(), _random(2, length, 8).bfloat16()
    found = decode_attention(q, k, v, torch.zeros(length, dtype=torch.bool)).double()
    expected = _plain(q[None].double(), k.double(), v.double())[0]
    # What rounding queries, shares and the result leaves.
    assert (found - expected).norm() / expected.norm() < 0.01
