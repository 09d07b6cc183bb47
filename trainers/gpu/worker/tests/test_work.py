"""The benchmark counts the work that is really done where nothing is computed twice."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from models import make_engine, scatter, some_ids
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parents[4] / "benchmarks" / "gpu"))

from measure.work import Pass, backward_work, decode_bytes, forward_work  # noqa: E402

from continualcode_worker.engine.engine import Engine  # noqa: E402
from continualcode_worker.model.cache import Run  # noqa: E402
from continualcode_worker.protocol.requests import LoraSpec  # noqa: E402

ATTENTION = LoraSpec(3, 6.0, ("q_proj", "k_proj", "v_proj", "o_proj"))
LENGTH, ROWS = 64, 10


def _counted(counter: FlopCounterMode) -> int:
    """Products of matrices; attention is counted elsewhere, as the counter takes a causal one for a whole one."""
    counts = counter.get_flop_counts()["Global"]
    return sum(count for name, count in counts.items() if "scaled_dot_product" not in str(name))


def test_products_of_matrices_are_counted_as_torch_counts_them(qwen3: Path) -> None:
    engine = make_engine(qwen3, lora=ATTENTION)
    scatter(engine)
    config, decoder = engine.config, engine.parts.decoder
    none = Pass(0, 0, 0)
    attention = forward_work(config, Pass(0, LENGTH, ROWS)) - _without_attention(engine)
    assert attention == 4 * config.query_size * (
        (config.layers - 1) * LENGTH * (LENGTH + 1) // 2 + sum(range(LENGTH - ROWS + 1, LENGTH + 1))
    )
    assert forward_work(config, none) == 0
    # Queries of all rows and output projections are what the decoder really does in its last layer.
    extra = 2 * config.query_size * config.hidden_size * (LENGTH - ROWS)
    ids = some_ids(1, LENGTH)
    with FlopCounterMode(display=False) as counter:
        run = Run(config, 0, torch.float32, torch.device("cpu"))
        decoder.logits(decoder.extend(run, ids, ROWS, None, 4096))
    assert _counted(counter) == _without_attention(engine) + extra


def _without_attention(engine: Engine) -> int:
    """The formula by hand: 2 out in tokens per matrix."""
    config = engine.config
    hidden, wide, q, k = config.hidden_size, config.feed_forward_size, config.query_size, config.key_size
    thick = 2 * (hidden * q * 2 + hidden * k * 2 + 3 * hidden * wide)
    last = 2 * (2 * hidden * k * LENGTH + (2 * hidden * q + 3 * hidden * wide) * ROWS)
    return (config.layers - 1) * thick * LENGTH + last + 2 * config.vocabulary_size * hidden * ROWS


def test_the_way_back_costs_about_as_much_as_the_way_there(qwen3: Path) -> None:
    config = make_engine(qwen3, lora=ATTENTION).config
    step = Pass(0, LENGTH, ROWS)
    ratio = backward_work(config, step, ATTENTION) / forward_work(config, step, ATTENTION)
    assert 1 < ratio < 1.5
    assert (
        forward_work(config, Pass(0, 64, 4))
        > forward_work(config, Pass(32, 32, 4))
        > forward_work(config, Pass(0, 32, 4))
    )


def test_bytes_of_a_decoded_token(qwen3: Path) -> None:
    config = make_engine(qwen3).config
    assert decode_bytes(config, 1000, 10, 5, 2) == 1010 + 2 * 3 * 16 * 5 * 2
