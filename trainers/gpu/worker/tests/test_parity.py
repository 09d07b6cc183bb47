"""The same numbers as transformers and PEFT compute."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from models import FAMILIES, LLAMA, make_engine, scatter, some_ids, write_model

from continualcode_worker.protocol.requests import ScoreRequest, Weights

transformers = pytest.importorskip("transformers")
IDS = some_ids(1, 150)
COMPLETION = some_ids(2, 6)


def _reference(folder: Path) -> torch.nn.Module:
    model: torch.nn.Module = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    )
    return model.eval()


def _log_probs(model: torch.nn.Module, ids: list[int], rows: int) -> torch.Tensor:
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, -rows:]
    return torch.log_softmax(logits.float(), -1)


@pytest.mark.parametrize("family", FAMILIES)
def test_log_probabilities_are_those_of_transformers(family: str, tmp_path: Path) -> None:
    folder = write_model(tmp_path, FAMILIES[family], shards=2)
    engine = make_engine(folder)
    scores = engine.score(ScoreRequest(IDS, COMPLETION, Weights("Base"), 61))
    expected = _log_probs(_reference(folder), IDS + COMPLETION[:-1], len(COMPLETION))
    assert scores.top_ids is not None and scores.top_log_probs is not None
    ours = torch.empty_like(expected).scatter_(1, scores.top_ids, scores.top_log_probs)
    assert (ours - expected).abs().max() < 1e-5
    assert torch.allclose(torch.tensor(scores.entropies), -(expected.exp() * expected).sum(-1), atol=1e-5)


def test_stretched_frequencies_matter_in_this_test(tmp_path: Path) -> None:
    plain = {name: value for name, value in LLAMA.items() if name != "rope_scaling"}
    with_scaling = make_engine(write_model(tmp_path / "a", LLAMA))
    without = make_engine(write_model(tmp_path / "b", plain))
    request = ScoreRequest(IDS, COMPLETION, Weights("Base"))
    gap = torch.tensor(with_scaling.score(request).log_probs) - torch.tensor(without.score(request).log_probs)
    assert gap.abs().max() > 1e-3


def test_an_exported_adapter_is_the_same_in_peft(tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    folder = write_model(tmp_path / "model", LLAMA)
    engine = make_engine(folder)
    scatter(engine)
    engine.export_peft(tmp_path / "adapter")
    model = peft.PeftModel.from_pretrained(_reference(folder), str(tmp_path / "adapter")).eval()
    expected = _log_probs(model, IDS + COMPLETION[:-1], len(COMPLETION))
    own = expected.gather(1, torch.tensor(COMPLETION)[:, None])[:, 0]
    ours = torch.tensor(engine.score(ScoreRequest(IDS, COMPLETION, Weights("Current"))).log_probs)
    base = torch.tensor(engine.score(ScoreRequest(IDS, COMPLETION, Weights("Base"))).log_probs)
    assert (ours - own).abs().max() < 1e-5
    assert (ours - base).abs().max() > 1e-2
