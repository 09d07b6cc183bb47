"""Where each LoRA matrix lies in the one flat vector of adapter parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import WorkerError
from ..model.config import MODULES, ModelConfig, module_path, module_shape
from ..protocol.requests import LoraSpec


@dataclass(frozen=True)
class AdapterTensor:
    layer: int
    module: str
    part: Literal["A", "B"]
    shape: tuple[int, int]
    """[rank, in] for A, [out, rank] for B."""
    offset: int

    @property
    def size(self) -> int:
        return self.shape[0] * self.shape[1]

    @property
    def peft_name(self) -> str:
        return f"base_model.model.model.layers.{self.layer}.{module_path(self.module)}.lora_{self.part}.weight"


@dataclass(frozen=True)
class AdapterLayout:
    """A then B of each adapted module, by layer, then by target: the pocket backend's order."""

    lora: LoraSpec
    tensors: tuple[AdapterTensor, ...]
    size: int

    @property
    def scale(self) -> float:
        return self.lora.alpha / self.lora.rank


def check_lora(lora: LoraSpec) -> None:
    known = [target for target in lora.targets if target in MODULES]
    if not lora.targets or len(known) != len(lora.targets) or len(set(known)) != len(known):
        raise WorkerError(
            "Unsupported",
            f"The adapter's targets are {', '.join(lora.targets) or 'none'}. Choose some of {', '.join(MODULES)}.",
        )
    if not 0 < lora.alpha < float("inf"):
        raise WorkerError("Unsupported", f"The adapter's alpha is {lora.alpha}. Give a positive number.")


def adapter_layout(config: ModelConfig, lora: LoraSpec) -> AdapterLayout:
    check_lora(lora)
    tensors: list[AdapterTensor] = []
    offset = 0
    for layer in range(config.layers):
        for module in lora.targets:
            out, size = module_shape(config, module)
            for tensor in (
                AdapterTensor(layer, module, "A", (lora.rank, size), offset),
                AdapterTensor(layer, module, "B", (out, lora.rank), offset + lora.rank * size),
            ):
                tensors.append(tensor)
                offset += tensor.size
    return AdapterLayout(lora, tuple(tensors), offset)
