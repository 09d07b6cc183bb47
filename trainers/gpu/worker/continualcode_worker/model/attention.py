"""Grouped-query attention of a run of queries that ends where the keys end."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention.bias import causal_lower_right

PIECE = 256
"""Keys that one block of the split attention looks at."""


def _takes_groups(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether attention is computed in pieces for fewer heads of keys than of queries too. Elsewhere keys and values
    are repeated: the general form would hold all scores at once."""
    return device.type == "cpu" or (device.type == "cuda" and dtype.itemsize == 2)


def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(D) + causal) v. q [R, H, D], k and v [K, T, D] with R <= T; the result is [R, H * D]."""
    rows, heads, _ = q.shape
    keys = k.shape[1]
    queries = q.transpose(0, 1)[None]
    square, lower_right = rows == keys or rows == 1, q.device.type == "cuda"
    if heads != k.shape[0] and not (_takes_groups(q.device, q.dtype) and (square or not lower_right)):
        k, v = (x.repeat_interleave(heads // x.shape[0], dim=0) for x in (k, v))
    grouped = heads != k.shape[0]
    if square:
        out = F.scaled_dot_product_attention(queries, k[None], v[None], is_causal=rows > 1, enable_gqa=grouped)
    elif lower_right:
        out = F.scaled_dot_product_attention(queries, k[None], v[None], attn_mask=causal_lower_right(rows, keys))
    else:
        mask = torch.ones(rows, keys, dtype=torch.bool, device=q.device).tril(keys - rows)
        out = F.scaled_dot_product_attention(queries, k[None], v[None], attn_mask=mask, enable_gqa=grouped)
    return out[0].transpose(0, 1).reshape(rows, -1)


def _scores(a: Tensor, b: Tensor) -> Tensor:
    """a b in float32: rounded to bfloat16, a score of 20 would be off by a sixteenth, and sampled log-probabilities
    would not be those that are scored."""
    if a.dtype.itemsize != 2:
        return torch.bmm(a, b).float()
    return torch.bmm(a, b, out_dtype=torch.float32) if a.device.type == "cuda" else torch.bmm(a.float(), b.float())


def decode_attention(q: Tensor, k: Tensor, v: Tensor, hidden: Tensor) -> Tensor:
    """One query over a static cache: q [H, D], k and v [K, L, D] contiguous with L a multiple of PIECE; `hidden` [L]
    is true for keys out of sight. The product with the values is split over pieces of the keys, so that one query
    fills a GPU."""
    heads, size = q.shape
    groups, length, _ = k.shape
    pieces = length // PIECE
    queries = q.view(groups, heads // groups, size)
    scores = (_scores(queries, k.transpose(1, 2)) * size**-0.5).masked_fill(hidden, float("-inf"))
    shares = scores.softmax(-1).to(v.dtype)
    split = shares.view(groups, heads // groups, pieces, PIECE).transpose(1, 2).reshape(groups * pieces, -1, PIECE)
    parts = torch.bmm(split, v.view(groups * pieces, PIECE, size))
    return parts.view(groups, pieces, heads // groups, size).float().sum(1).to(q.dtype).view(-1)
