"""`python -m measure`: a table on standard error, JSON on standard output or into a file."""

from __future__ import annotations

import argparse
import gc
import importlib.util
import json
import platform
import re
import sys
from pathlib import Path
from typing import Any

import torch

from continualcode_worker import devices

from .baseline import Baseline, PeftBench
from .limits import bandwidth, matmul_rate
from .models import ARCHITECTURES, Place, config_of, load
from .ours import Bench, Ours
from .scene import ATTEMPT, CORRECTION, LORA, SINCE, make_scene
from .table import print_table

Json = dict[str, Any]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("bench:gpu")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--dtype", default="auto", choices=["auto", "bfloat16", "float32"])
    parser.add_argument("--model", action="append", choices=["pocket", *ARCHITECTURES])
    parser.add_argument("--prompt", action="append", type=int)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quantization", default="none", choices=["none", "int8", "int4"])
    parser.add_argument("--memory-limit-gb", type=float)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--no-baseline", action="store_true", help="leave transformers and PEFT out")
    parser.add_argument("--out", type=Path, help="write the JSON here; a folder gets <device>.json")
    return parser.parse_args()


def _baseline_problem(wanted: bool) -> str | None:
    if not wanted:
        return "left out"
    lacking = [name for name in ("transformers", "peft") if importlib.util.find_spec(name) is None]
    return f"not installed: {', '.join(lacking)} (pip install {' '.join(lacking)})" if lacking else None


def _ratio(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None or b == 0 else a / b


def _gigabytes(peak: int) -> float | None:
    """Only CUDA counts what was allocated at most."""
    return peak / 1e9 if peak > 0 else None


def _row(name: str, length: int, ours: Ours, baseline: Baseline | None, limits: Json) -> Json:
    limit = limits["bandwidthBytesPerSecond"] / ours.decode_bytes
    theirs = (
        {}
        if baseline is None
        else {"verdict": baseline.verdict_to_token, "step": baseline.step, "generate": baseline.generate}
    )
    return {
        "model": name,
        "prompt": length,
        "verdictToRetryTokenMs": 1e3 * ours.verdict_to_token,
        "verdictVsPeft": _ratio(theirs.get("verdict"), ours.verdict_to_token),
        "stepMs": 1e3 * ours.step,
        "stepVsPeft": _ratio(theirs.get("step"), ours.step),
        "coldStepMs": 1e3 * ours.cold_step,
        "stagesMs": {stage: 1e3 * seconds for stage, seconds in ours.stages.items()},
        "stepOfMatmul": ours.step_work / ours.step / limits["matmulOperationsPerSecond"],
        "frozenVerdictToRetryTokenMs": 1e3 * ours.frozen_verdict_to_token,
        "frozenVerdictVsPeft": _ratio(theirs.get("verdict"), ours.frozen_verdict_to_token),
        "frozenStepMs": 1e3 * ours.frozen_step,
        "frozenStepVsPeft": _ratio(theirs.get("step"), ours.frozen_step),
        "frozenCosine": ours.frozen_cosine,
        "prefillTokensPerSecond": ours.prefill,
        "decodeTokensPerSecond": ours.decode,
        "decodeLimitTokensPerSecond": limit,
        "decodeOfBandwidth": ours.decode / limit,
        "decodeVsGenerate": _ratio(ours.decode, theirs.get("generate")),
        "peakGb": _gigabytes(ours.peak_bytes),
        "modelGb": ours.model_bytes / 1e9,
        "checkpointing": ours.checkpointing,
        "peft": None
        if baseline is None
        else {
            "stepMs": 1e3 * baseline.step,
            "verdictToRetryTokenMs": 1e3 * baseline.verdict_to_token,
            "generateTokensPerSecond": baseline.generate,
            "peakGb": _gigabytes(baseline.peak_bytes),
            "checkpointing": baseline.checkpointing,
        },
    }


def _free() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _ours(name: str, lengths: list[int], place: Place, arguments: argparse.Namespace) -> dict[int, Ours]:
    limit = None if arguments.memory_limit_gb is None else int(arguments.memory_limit_gb * 1e9)
    bench = Bench(load(name, place, arguments.quantization), place, limit)
    vocabulary = bench.model.config.vocabulary_size
    found = {length: bench.measure(make_scene(vocabulary, length), arguments.rounds) for length in lengths}
    for length, ours in found.items():
        print(f"{name} at {length}: step {1e3 * ours.step:.0f} ms", file=sys.stderr)
    return found


def _theirs(name: str, lengths: list[int], place: Place, rounds: int) -> dict[int, Baseline | None]:
    config = config_of(name)
    bench = PeftBench(config, place)
    return {length: bench.measure(make_scene(config.vocabulary_size, length), rounds) for length in lengths}


def main() -> None:
    arguments = _arguments()
    device = devices.choose(arguments.device)
    devices.set_up(device, arguments.threads)
    place = Place(device, devices.dtype_for(arguments.dtype, device))
    gpu = device.type == "cuda"
    names: list[str] = arguments.model or (["0.6B", "4B", "8B"] if gpu else ["pocket"])
    lengths: list[int] = arguments.prompt or ([1024, 4096, 16_384] if gpu else [512, 1024])
    problem = _baseline_problem(not arguments.no_baseline)
    described = devices.describe(device)
    limits: Json = {
        "matmulOperationsPerSecond": matmul_rate(place),
        "bandwidthBytesPerSecond": bandwidth(place),
    }
    rows: list[Json] = []
    for name in names:
        ours = _ours(name, lengths, place, arguments)
        _free()
        theirs = _theirs(name, lengths, place, arguments.rounds) if problem is None else {}
        _free()
        rows += [_row(name, length, ours[length], theirs.get(length), limits) for length in lengths]
    result: Json = {
        "device": described["name"] if gpu else f"cpu {platform.machine()}",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "dtype": str(place.dtype).removeprefix("torch."),
        "quantization": arguments.quantization,
        "lora": {"rank": LORA.rank, "targets": list(LORA.targets)},
        "scene": {"attempt": ATTEMPT, "correction": CORRECTION, "tokensSinceLastCorrection": SINCE},
        "limits": limits,
        "baseline": problem or "transformers and PEFT",
        "rows": rows,
    }
    print_table(result)
    text = json.dumps(result, indent=1)
    if arguments.out is None:
        print(text)
        return
    name = re.sub(r"[^a-z0-9]+", "-", str(result["device"]).lower()).strip("-")
    path = arguments.out / f"{name}.json" if arguments.out.is_dir() else arguments.out
    path.write_text(text + "\n")
    print(f"written to {path}", file=sys.stderr)


main()
