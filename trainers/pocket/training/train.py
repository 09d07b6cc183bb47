"""Trains the pocket model from scratch on a generated corpus and prints its own evaluation.

    python train.py CORPUS_DIRECTORY MODEL_DIRECTORY [--steps N] [--seed S] [--threads K] [--resume | --from-weights] [--rate R] [--compile]

`--resume` goes on from MODEL_DIRECTORY/training.pt up to N steps, with rates that start at R times the full ones.
`--from-weights` starts from MODEL_DIRECTORY/model.safetensors with fresh optimisers and makes N - 300 steps so.
`--compile` fuses the small operations; it needs a C++ compiler, and is a third faster on one thread.

Conversations of one step share a tool list, whose keys and values are computed once. The first steps are spent on repeated
random token sequences, which is where the ability to copy is cheapest to learn.
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from model import Decoder, Shape, checkpoint

BATCH_TOKENS = 8192
COPY_STEPS = 300
OTHER_WEIGHT = 0.1
WARM_UP = 50
DECAY_SHARE = 0.45


class Muon(torch.optim.Optimizer):
    """Momentum orthogonalised by Newton-Schulz iteration (Jordan et al. 2024), for the hidden matrices."""

    def __init__(self, parameters, lr: float, momentum: float = 0.95, decay: float = 0.01) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure=None):  # noqa: ARG002
        for group in self.param_groups:
            for parameter in group["params"]:
                state = self.state[parameter]
                buffer = state.setdefault("momentum", torch.zeros_like(parameter))
                buffer.lerp_(parameter.grad, 1 - group["momentum"])
                x = parameter.grad.lerp(buffer, group["momentum"])
                tall = x.shape[0] > x.shape[1]
                x = x.T if tall else x
                x = x / (x.norm() + 1e-7)
                for _ in range(5):
                    a = x @ x.T
                    x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
                x = x.T if tall else x
                parameter.mul_(1 - group["lr"] * group["decay"])
                parameter.add_(x, alpha=-group["lr"] * max(1, x.shape[0] / x.shape[1]) ** 0.5)


def load(corpus: Path, tokenizer: Tokenizer) -> tuple[list[np.ndarray], list[np.ndarray]]:
    ids, weights = [], []
    with (corpus / "conversations.jsonl").open() as lines:
        for line in lines:
            segments = json.loads(line)
            encoded = tokenizer.encode_batch_fast([text for text, _ in segments])
            pieces = [np.array(one.ids, dtype=np.int16) for one in encoded]
            ids.append(np.concatenate(pieces))
            weights.append(
                np.concatenate(
                    [
                        np.full(len(piece), weight or OTHER_WEIGHT, dtype=np.float32)
                        for piece, (_, weight) in zip(pieces, segments, strict=True)
                    ]
                )
            )
    return ids, weights


def batches(lengths: np.ndarray, rng: random.Random):
    """Endless lists of indices of similar length, about BATCH_TOKENS tokens each, in random order."""
    while True:
        order = list(range(len(lengths)))
        rng.shuffle(order)
        for start in range(0, len(order), 2048):
            chunk = sorted(order[start : start + 2048], key=lambda index: lengths[index])
            groups, group, longest = [], [], 0
            for index in chunk:
                longest = max(longest, int(lengths[index]))
                if group and longest * (len(group) + 1) > BATCH_TOKENS:
                    groups.append(group)
                    group, longest = [], int(lengths[index])
                group.append(index)
            groups.append(group)
            rng.shuffle(groups)
            yield from groups


def pad(rows: list[np.ndarray], dtype) -> torch.Tensor:
    longest = max(len(row) for row in rows)
    return torch.from_numpy(np.stack([np.pad(row, (0, longest - len(row))) for row in rows]).astype(dtype))


def copying(rng: np.random.Generator, vocabulary: int, rows: int, time_: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A random unit of tokens, repeated; only the repetitions are scored."""
    unit = int(rng.integers(12, 40))
    ids = np.tile(rng.integers(0, vocabulary, (rows, unit)), (1, 1 + time_ // unit))[:, :time_]
    weights = np.zeros((rows, time_), dtype=np.float32)
    weights[:, unit + 1 :] = 1
    return torch.from_numpy(ids), torch.from_numpy(weights)


def learning_rate(step: int, first: int, steps: int) -> float:
    """Warm-up, a plateau and a linear decay to zero over the steps that are left; a resumed run only decays."""
    decay = steps - first if first > 0 else int(steps * DECAY_SHARE)
    return min(1.0, (step + 1 - first) / WARM_UP, (steps - step) / decay)


@torch.no_grad()
def evaluate(model: Decoder, tokenizer: Tokenizer, corpus: Path, limit: int) -> dict[str, float]:
    """Share of held-out prompts whose greedy answer is exactly the right one, per form and per kind."""
    prefix = torch.tensor(tokenizer.encode(json.loads((corpus / "prefixes.json").read_text())[0]).ids)
    with (corpus / "evaluation.jsonl").open() as lines:
        items = [json.loads(line) for line in lines][:limit]
    right: dict[str, list[int]] = {}
    encoded = []
    for item in items:
        prompt = tokenizer.encode(item["prompt"]).ids
        answer = tokenizer.encode(item["answer"] + "<|im_end|>").ids
        encoded.append((prompt, answer, item))
    encoded.sort(key=lambda one: len(one[0]) + len(one[1]))
    for start in range(0, len(encoded), 16):
        group = encoded[start : start + 16]
        rows = [np.array(prompt + answer, dtype=np.int64) for prompt, answer, _ in group]
        ids = pad(rows, np.int64)
        hidden = model(prefix, ids, torch.arange(ids.shape[1])[None].expand(ids.shape[0], -1) + len(prefix))
        for row, (prompt, answer, item) in enumerate(group):
            scored = hidden[row, len(prompt) - 1 : len(prompt) + len(answer) - 1]
            exact = bool((model.logits(scored).argmax(-1) == torch.tensor(answer)).all())
            for key in (item["form"], f"{item['form']}/{item['kind']}"):
                right.setdefault(key, []).append(int(exact))
    return {key: sum(values) / len(values) for key, values in sorted(right.items())}


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("corpus", type=Path)
    arguments.add_argument("model", type=Path)
    arguments.add_argument("--steps", type=int, default=2600)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--resume", action="store_true")
    arguments.add_argument("--from-weights", action="store_true")
    arguments.add_argument("--rate", type=float, default=1.0)
    arguments.add_argument("--compile", action="store_true")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    noise = np.random.default_rng(options.seed)

    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    prefixes = [
        torch.tensor(tokenizer.encode(text).ids) for text in json.loads((options.corpus / "prefixes.json").read_text())
    ]
    bare = torch.tensor(tokenizer.encode("<|im_start|>system\n").ids)
    started = time.monotonic()
    ids, weights = load(options.corpus, tokenizer)
    print(f"{len(ids)} conversations, {sum(map(len, ids)) / 1e6:.1f}M tokens, {time.monotonic() - started:.0f} s", flush=True)
    groups = batches(np.array([len(one) for one in ids]), rng)

    model = Decoder(Shape(vocabulary=tokenizer.get_vocab_size()))
    if options.compile:
        model.forward = torch.compile(model.forward, dynamic=True)
    hidden = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    optimisers = [Muon(hidden, lr=0.02), torch.optim.Adam(others, lr=3e-3, betas=(0.9, 0.95))]
    bases = [0.02, 3e-3]
    saved = options.model / "training.pt"
    first = 0
    if options.resume:
        state = torch.load(saved)
        model.load_state_dict(state["model"])
        for one, optimiser_state in zip(optimisers, state["optimisers"], strict=True):
            one.load_state_dict(optimiser_state)
        first = state["step"]
    if options.from_weights:
        model.read(options.model)
        first = COPY_STEPS
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f}M parameters", flush=True)

    running, started = 0.0, time.monotonic()
    for step in range(first, options.steps):
        if step < COPY_STEPS:
            batch, weight = copying(noise, model.shape.vocabulary, 48, 96)
            prefix = bare
            positions = torch.arange(batch.shape[1])[None] + int(noise.integers(0, 1024))
        else:
            group = next(groups)
            batch, weight = pad([ids[i] for i in group], np.int64), pad([weights[i] for i in group], np.float32)
            roll = rng.random()
            prefix = prefixes[0] if roll < 0.45 else rng.choice(prefixes) if roll < 0.65 else bare
            # Real sessions are longer than these: a random gap teaches distances that the corpus does not have.
            gap = int(noise.integers(0, 1024)) if rng.random() < 0.5 else 0
            positions = torch.arange(batch.shape[1])[None] + len(prefix) + gap
        for optimiser, base in zip(optimisers, bases, strict=True):
            for group_ in optimiser.param_groups:
                group_["lr"] = base * options.rate * learning_rate(step, first, options.steps)
        states = model(prefix, batch, positions.expand(batch.shape[0], -1))[:, :-1]
        chosen = weight[:, 1:] > 0
        losses = F.cross_entropy(model.logits(states[chosen]), batch[:, 1:][chosen], reduction="none")
        scale = weight[:, 1:][chosen]
        loss = (losses * scale).sum() / scale.sum()
        for optimiser in optimisers:
            optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser in optimisers:
            optimiser.step()
        said = scale >= 1.0
        value = float((losses[said].sum() / said.sum()).detach())
        running = value if math.isnan(running) or step == first else 0.98 * running + 0.02 * value
        if (step + 1) % 50 == 0:
            pace = (time.monotonic() - started) / (step + 1 - first)
            print(f"step {step + 1} loss {running:.4f} {pace:.2f} s/step", flush=True)
        if (step + 1) % 250 == 0 and step + 1 < options.steps:
            scores = evaluate(model, tokenizer, options.corpus, 320)
            print({key: round(value, 3) for key, value in scores.items() if "/" not in key}, flush=True)
            checkpoint(model, saved, step + 1, optimisers)
            model.save(options.model, tokenizer.get_vocab())
    model.save(options.model, tokenizer.get_vocab())
    checkpoint(model, saved, options.steps, optimisers)
    for tensor in model.parameters():
        tensor.data = tensor.data.to(torch.float16).to(torch.float32)
    scores = evaluate(model, tokenizer, options.corpus, 10**9)
    (options.model / "evaluation.json").write_text(json.dumps(scores, indent=1) + "\n")
    print(json.dumps(scores, indent=1))


if __name__ == "__main__":
    main()
