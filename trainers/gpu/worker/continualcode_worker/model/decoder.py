"""The decoder: Qwen3, Qwen2 and Llama blocks, with LoRA beside the frozen matrices and logits only where they are
wanted."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx
from torch.utils.checkpoint import checkpoint

from ..adapter.packed import Packed
from ..devices import is_out_of_memory
from .attention import attention
from .cache import Run
from .config import ModelConfig
from .matrix import linear
from .rope import RopeTable, rope_table, rotate
from .weights import ModelWeights

KeysValues = tuple[Tensor, Tensor]
Place = Callable[[int, Tensor, Tensor], KeysValues]
"""Layer, new keys and values [K, S, D] in; all that the queries may see [K, T, D] out."""


class _SwiGlu(torch.autograd.Function):
    """silu(gate) * up of [S, 2 F], keeping only its input."""

    @staticmethod
    def forward(ctx: FunctionCtx, both: Tensor) -> Tensor:  # type: ignore[override]
        ctx.save_for_backward(both)
        gate, up = both.chunk(2, dim=-1)
        return F.silu(gate) * up

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: Tensor) -> Tensor:  # type: ignore[override]
        (both,) = ctx.saved_tensors  # type: ignore[attr-defined]
        gate, up = both.chunk(2, dim=-1)
        to_gate = torch.ops.aten.silu_backward(gradient * up, gate)
        return torch.cat((to_gate, gradient * F.silu(gate)), dim=-1)


def swiglu(both: Tensor) -> Tensor:
    if not both.requires_grad:
        gate, up = both.chunk(2, dim=-1)
        return F.silu(gate) * up
    result = _SwiGlu.apply(both)  # type: ignore[no-untyped-call]
    assert isinstance(result, Tensor)
    return result


class Decoder:
    """Runs token ids through the model. `scale` is the adapter's alpha / rank; `adapter` None is the base, bit for
    bit."""

    def __init__(self, config: ModelConfig, weights: ModelWeights, length: int, scale: float) -> None:
        self.config = config
        self.weights = weights
        self.length = length
        self.scale = scale
        self.dtype = weights.embedding.dtype
        self.device = weights.embedding.device
        self.table = rope_table(config, length, self.dtype, self.device)
        self._wide_head = self.device.type == "cuda" and self.dtype == torch.bfloat16

    def norm(self, x: Tensor, weight: Tensor) -> Tensor:
        return F.rms_norm(x, weight.shape, weight, self.config.norm_epsilon)

    def project(self, layer: int, group: str, x: Tensor, adapter: Packed | None) -> Tensor:
        """x [S, in] through one group of matrices and its LoRA."""
        weights = self.weights.layers[layer]
        y = linear(x, weights.groups[group], weights.qkv_bias if group == "qkv" else None)
        packed = None if adapter is None else adapter.get((layer, group))
        return y if packed is None else torch.addmm(y, F.linear(x, packed.a), packed.b.t(), alpha=self.scale)

    def queries_keys_values(
        self, layer: int, x: Tensor, table: RopeTable, adapter: Packed | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Turned queries [S, H, D] and keys [S, K, D], and values [S, K, D]."""
        config, weights = self.config, self.weights.layers[layer]
        both = self.project(layer, "qkv", self.norm(x, weights.input_norm), adapter)
        q, k, v = torch.split(both, [config.query_size, config.key_size, config.key_size], dim=-1)
        q, k, v = (part.view(len(x), -1, config.head_size) for part in (q, k, v))
        if weights.q_norm is not None and weights.k_norm is not None:
            q, k = self.norm(q, weights.q_norm), self.norm(k, weights.k_norm)
        return rotate(q, table), rotate(k, table), v

    def feed_forward(self, layer: int, x: Tensor, attended: Tensor, adapter: Packed | None) -> Tensor:
        """The rest of a block after attention [S, H * D]."""
        x = x + self.project(layer, "o", attended, adapter)
        inner = self.norm(x, self.weights.layers[layer].attention_norm)
        return x + self.project(layer, "down", swiglu(self.project(layer, "gate_up", inner, adapter)), adapter)

    def _block(
        self, layer: int, x: Tensor, table: RopeTable, adapter: Packed | None, place: Place, rows: int
    ) -> Tensor:
        q, k, v = self.queries_keys_values(layer, x, table, adapter)
        keys, values = place(layer, k.transpose(0, 1), v.transpose(0, 1))
        if layer == self.config.layers - 1:
            # Nothing after the last layer's keys needs the rows whose outputs nobody wants.
            x, q = x[len(x) - rows :], q[len(q) - rows :]
            if rows == 0:
                return x
        return self.feed_forward(layer, x, attention(q, keys, values), adapter)

    @torch.no_grad()
    def extend(self, run: Run, ids: list[int], rows: int, adapter: Packed | None, piece: int) -> Tensor:
        """Computes `ids` after the run, `piece` tokens at a time, and appends them to it. The last `rows` outputs
        after the final norm, [rows, hidden]."""
        start, end = len(run.ids), len(run.ids) + len(ids)
        run.reserve(end)
        everything = torch.tensor(ids, device=self.device)
        outputs: list[Tensor] = []
        for first in range(start, end, piece):
            last = min(first + piece, end)

            def place(layer: int, k: Tensor, v: Tensor, first: int = first, last: int = last) -> KeysValues:
                run.keys[layer, :, first:last].copy_(k)
                run.values[layer, :, first:last].copy_(v)
                return run.keys[layer, :, :last], run.values[layer, :, :last]

            wanted = max(0, min(last - first, rows - (end - last)))
            x = F.embedding(everything[first - start : last - start], self.weights.embedding)
            for layer in range(self.config.layers):
                x = self._block(layer, x, self.table.rows(first, last), adapter, place, wanted)
            outputs.append(x)
        run.ids.extend(ids)
        return self.norm(torch.cat(outputs), self.weights.final_norm)

    def train(self, ids: list[int], rows: int, adapter: Packed, checkpointed: int, prefix: Run | None = None) -> Tensor:
        """The last `rows` outputs with a graph behind them. The first `checkpointed` layers keep only their input and
        are computed again on the way back. Keys and values of `prefix` are constants that come before `ids`."""
        start = 0 if prefix is None else len(prefix.ids)
        table = self.table.rows(start, start + len(ids))

        def place(layer: int, k: Tensor, v: Tensor) -> KeysValues:
            if prefix is None:
                return k, v
            return (
                torch.cat((prefix.keys[layer, :, :start], k), dim=1),
                torch.cat((prefix.values[layer, :, :start], v), dim=1),
            )

        x = F.embedding(torch.tensor(ids, device=self.device), self.weights.embedding)
        for layer in range(self.config.layers):

            def block(x: Tensor, layer: int = layer) -> Tensor:
                return self._block(layer, x, table, adapter, place, rows)

            if layer < checkpointed:
                x = checkpoint(block, x, use_reentrant=False, preserve_rng_state=False)
            else:
                x = block(x)
        return self.norm(x, self.weights.final_norm)

    def logits(self, hidden: Tensor) -> Tensor:
        """[R, V] in float32, or float64 for a float64 model; no graph."""
        head = self.weights.head.t()
        if self._wide_head:
            try:
                # Summed and kept in float32: rounded to bfloat16, logits would drown small divergences.
                return torch.mm(hidden, head, out_dtype=torch.float32)
            except (RuntimeError, TypeError) as error:
                if is_out_of_memory(error):
                    raise
                self._wide_head = False
        product = hidden @ head
        return product if product.dtype == torch.float64 else product.float()
