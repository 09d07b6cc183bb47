"""The same scene, done straightforwardly with transformers and PEFT.

One model with an adapter; teacher and reference with the adapter switched off; logits only where they are scored;
gradient checkpointing only where memory asks for it; PyTorch's fused AdamW where the device has it; `generate()` for
the retry.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from continualcode_worker.devices import is_out_of_memory
from continualcode_worker.model.config import ModelConfig

from .models import Place
from .scene import BASE_KL, LEARNING_RATE, LORA, Scene, median


@dataclass(frozen=True)
class Baseline:
    step: float
    verdict_to_token: float
    generate: float
    """Tokens per second, the prompt left out."""
    peak_bytes: int
    checkpointing: bool


def _model(config: ModelConfig, place: Place) -> Any:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, Qwen3Config

    described = Qwen3Config(
        vocab_size=config.vocabulary_size,
        hidden_size=config.hidden_size,
        intermediate_size=config.feed_forward_size,
        num_hidden_layers=config.layers,
        num_attention_heads=config.heads,
        num_key_value_heads=config.key_value_heads,
        head_dim=config.head_size,
        max_position_embeddings=config.context_length,
        rope_parameters={"rope_type": "default", "rope_theta": config.rope_theta},
        tie_word_embeddings=config.tied_head,
        attn_implementation="sdpa",  # type: ignore[call-arg]
    )
    with place.device:
        model = AutoModelForCausalLM.from_config(described, dtype=place.dtype)  # type: ignore[no-untyped-call]
    lora = LoraConfig(r=LORA.rank, lora_alpha=int(LORA.alpha), target_modules=list(LORA.targets), task_type="CAUSAL_LM")
    return get_peft_model(model, lora)


class PeftBench:
    def __init__(self, config: ModelConfig, place: Place) -> None:
        self._place = place
        self._model = _model(config, place)
        trained = [parameter for parameter in self._model.parameters() if parameter.requires_grad]
        self._optimizer = torch.optim.AdamW(trained, LEARNING_RATE, fused=place.device.type == "cuda")
        self._trained = trained
        self.checkpointing = False

    def _log_probs(self, prompt: list[int], attempt: list[int]) -> Tensor:
        ids = torch.tensor([prompt + attempt[:-1]], device=self._place.device)
        logits = self._model(input_ids=ids, use_cache=False, logits_to_keep=len(attempt)).logits[0]
        return F.log_softmax(logits.float(), -1)

    def _step(self, scene: Scene) -> None:
        self._model.train()
        with torch.no_grad(), self._model.disable_adapter():
            teacher = self._log_probs(scene.corrected, scene.attempt)
            base = self._log_probs(scene.prompt, scene.attempt)
        s = self._log_probs(scene.prompt, scene.attempt)
        p = s.exp()
        loss = (p * (s - teacher)).sum(-1).mean() + BASE_KL * (p * (s - base)).sum(-1).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._trained, 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)

    def _generate(self, prompt: list[int], count: int) -> float:
        self._model.eval()
        ids = torch.tensor([prompt], device=self._place.device)
        started = time.perf_counter()
        with torch.no_grad():
            self._model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=count,
                min_new_tokens=count,
                do_sample=False,
                use_cache=True,
                pad_token_id=0,
            )
        self._place.synchronize()
        return time.perf_counter() - started

    def _round(self, scene: Scene) -> tuple[float, float]:
        self._place.synchronize()
        started = time.perf_counter()
        self._step(scene)
        self._place.synchronize()
        step = time.perf_counter() - started
        return step, step + self._generate(scene.corrected, 1)

    def measure(self, scene: Scene, rounds: int) -> Baseline | None:
        """None where the device's memory does not hold it, checkpointed either."""
        try:
            self._round(scene)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            if self.checkpointing:
                return None
            self.checkpointing = True
        if self.checkpointing:
            self._optimizer.zero_grad(set_to_none=True)
            self._model.gradient_checkpointing_enable({"use_reentrant": False})
            self._model.enable_input_require_grads()
            _empty()
            try:
                self._round(scene)
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                return None
        if self._place.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._place.device)
        found = [self._round(scene) for _ in range(rounds)]
        peak = torch.cuda.max_memory_allocated(self._place.device) if self._place.device.type == "cuda" else 0
        count = len(scene.attempt)
        self._generate(scene.prompt, 2)
        rates = [
            (count - 1) / (self._generate(scene.prompt, count) - self._generate(scene.prompt, 1))
            for _ in range(max(1, rounds // 2))
        ]
        return Baseline(
            step=median([step for step, _ in found]),
            verdict_to_token=median([whole for _, whole in found]),
            generate=median(rates),
            peak_bytes=peak,
            checkpointing=self.checkpointing,
        )


def _empty() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
