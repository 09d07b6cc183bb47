"""The results for people."""

from __future__ import annotations

import sys
from typing import Any

Json = dict[str, Any]


def _number(value: float | None, digits: int = 0, unit: str = "") -> str:
    return "-" if value is None else f"{value:,.{digits}f}{unit}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


COLUMNS = (
    ("model", lambda row: row["model"]),
    ("prompt", lambda row: str(row["prompt"])),
    ("verdict to token, ms", lambda row: _number(row["verdictToRetryTokenMs"])),
    ("vs PEFT", lambda row: _number(row["verdictVsPeft"], 1, "x")),
    ("step, ms", lambda row: _number(row["stepMs"])),
    ("vs PEFT", lambda row: _number(row["stepVsPeft"], 1, "x")),
    ("of matmul", lambda row: _share(row["stepOfMatmul"])),
    ("frozen, ms", lambda row: _number(row["frozenVerdictToRetryTokenMs"])),
    ("vs PEFT", lambda row: _number(row["frozenVerdictVsPeft"], 1, "x")),
    ("cosine", lambda row: _number(row["frozenCosine"], 2)),
    ("prefill, tok/s", lambda row: _number(row["prefillTokensPerSecond"])),
    ("decode, tok/s", lambda row: _number(row["decodeTokensPerSecond"])),
    ("of bandwidth", lambda row: _share(row["decodeOfBandwidth"])),
    ("vs generate()", lambda row: _number(row["decodeVsGenerate"], 1, "x")),
    ("peak, GB", lambda row: _number(row["peakGb"], 1)),
)


def print_table(result: Json) -> None:
    limits = result["limits"]
    matmul, memory = limits["matmulOperationsPerSecond"] / 1e12, limits["bandwidthBytesPerSecond"] / 1e9
    print(
        f"{result['device']}, {result['dtype']}, torch {result['torch']}: {matmul:.2f} Tflop/s, {memory:.0f} GB/s; "
        f"beside it {result['baseline']}",
        file=sys.stderr,
    )
    lines = [[name for name, _ in COLUMNS]] + [[show(row) for _, show in COLUMNS] for row in result["rows"]]
    widths = [max(len(line[index]) for line in lines) for index in range(len(COLUMNS))]
    for line in lines:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)), file=sys.stderr)
    for row in result["rows"]:
        stages = ", ".join(f"{name} {value:.0f}" for name, value in row["stagesMs"].items())
        print(f"{row['model']} at {row['prompt']}, stages in ms: {stages}", file=sys.stderr)
