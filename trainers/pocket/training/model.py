"""A Qwen3-architecture decoder written for training many short conversations that share one prefix."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    vocabulary: int = 1536
    width: int = 192
    layers: int = 5
    heads: int = 6
    kv_heads: int = 2
    head: int = 32
    feed_forward: int = 512
    theta: float = 10000.0
    epsilon: float = 1e-6
    context: int = 4096


def rms(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    return F.rms_norm(x, (x.shape[-1],), weight, epsilon)


def product(x: Tensor, linear: nn.Linear) -> Tensor:
    """A linear map with factors rounded to bfloat16, which processors with matrix units multiply several times faster."""
    return F.linear(x.bfloat16(), linear.weight.bfloat16()).float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary embedding in the half-split layout. x: [B, heads, T, head]; cos, sin: [B or 1, 1, T, head]."""
    left, right = x.chunk(2, -1)
    return x * cos + torch.cat((-right, left), -1) * sin


class Block(nn.Module):
    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.s = s
        self.norm_in = nn.Parameter(torch.ones(s.width))
        self.norm_mid = nn.Parameter(torch.ones(s.width))
        self.norm_q = nn.Parameter(torch.ones(s.head))
        self.norm_k = nn.Parameter(torch.ones(s.head))
        self.qkv = nn.Linear(s.width, (s.heads + 2 * s.kv_heads) * s.head, bias=False)
        self.out = nn.Linear(s.heads * s.head, s.width, bias=False)
        self.gate_up = nn.Linear(s.width, 2 * s.feed_forward, bias=False)
        self.down = nn.Linear(s.feed_forward, s.width, bias=False)

    def project(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        s = self.s
        b, t, _ = x.shape
        q, k, v = product(rms(x, self.norm_in, s.epsilon), self.qkv).split(
            [s.heads * s.head, s.kv_heads * s.head, s.kv_heads * s.head], -1
        )
        q = rms(q.view(b, t, s.heads, s.head), self.norm_q, s.epsilon).transpose(1, 2)
        k = rms(k.view(b, t, s.kv_heads, s.head), self.norm_k, s.epsilon).transpose(1, 2)
        v = v.view(b, t, s.kv_heads, s.head).transpose(1, 2)
        return rotate(q, cos, sin), rotate(k, cos, sin), v

    def finish(self, x: Tensor, attended: Tensor) -> Tensor:
        b, _, t, _ = attended.shape
        x = x + product(attended.transpose(1, 2).reshape(b, t, -1), self.out)
        gate, up = product(rms(x, self.norm_mid, self.s.epsilon), self.gate_up).chunk(2, -1)
        return x + product(F.silu(gate) * up, self.down)

    def attend(self, q: Tensor, k: Tensor, v: Tensor, **options) -> Tensor:
        groups = self.s.heads // self.s.kv_heads
        return F.scaled_dot_product_attention(
            q, k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1), **options
        )


class Decoder(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.Parameter(torch.ones(shape.width))
        nn.init.normal_(self.embed.weight, std=0.02)
        for block in self.blocks:
            for linear in (block.qkv, block.gate_up):
                nn.init.normal_(linear.weight, std=shape.width**-0.5)
            nn.init.zeros_(block.out.weight)
            nn.init.zeros_(block.down.weight)

    def angles(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        half = torch.arange(0, self.shape.head, 2, dtype=torch.float32) / self.shape.head
        angle = positions[:, None, :, None].float() * (self.shape.theta**-half)
        both = torch.cat((angle, angle), -1)
        return both.cos(), both.sin()

    def forward(self, prefix: Tensor, ids: Tensor, positions: Tensor) -> Tensor:
        """Hidden states [B, T, width] of conversations ids [B, T] at positions [B, T], all after one prefix [P]."""
        length = prefix.shape[0]
        shared = self.embed(prefix)[None]
        shared_angles = self.angles(torch.arange(length)[None])
        x = self.embed(ids)
        own_angles = self.angles(positions)
        batch, time = ids.shape
        mask = torch.ones(time, length + time, dtype=torch.bool).tril(length)
        for block in self.blocks:
            pq, pk, pv = block.project(shared, *shared_angles)
            q, k, v = block.project(x, *own_angles)
            keys = torch.cat((pk.expand(batch, -1, -1, -1), k), 2)
            values = torch.cat((pv.expand(batch, -1, -1, -1), v), 2)
            x = block.finish(x, block.attend(q, keys, values, attn_mask=mask))
            shared = block.finish(shared, block.attend(pq, pk, pv, is_causal=True))
        return rms(x, self.norm, self.shape.epsilon)

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.embed.weight)

    @torch.no_grad()
    def read(self, directory: Path) -> None:
        """Takes over the weights that `save` wrote."""
        with safe_open(directory / "model.safetensors", "pt") as tensors:
            of = tensors.get_tensor
            self.embed.weight.copy_(of("model.embed_tokens.weight"))
            self.norm.copy_(of("model.norm.weight"))
            for index, block in enumerate(self.blocks):
                name = f"model.layers.{index}."
                block.norm_in.copy_(of(name + "input_layernorm.weight"))
                block.norm_mid.copy_(of(name + "post_attention_layernorm.weight"))
                block.norm_q.copy_(of(name + "self_attn.q_norm.weight"))
                block.norm_k.copy_(of(name + "self_attn.k_norm.weight"))
                block.qkv.weight.copy_(torch.cat([of(name + f"self_attn.{one}_proj.weight") for one in "qkv"]))
                block.out.weight.copy_(of(name + "self_attn.o_proj.weight"))
                block.gate_up.weight.copy_(torch.cat([of(name + f"mlp.{one}_proj.weight") for one in ("gate", "up")]))
                block.down.weight.copy_(of(name + "mlp.down_proj.weight"))

    def save(self, directory: Path, tokens: dict[str, int]) -> None:
        """Writes config.json and model.safetensors (float16) as transformers' Qwen3ForCausalLM reads them."""
        s = self.shape
        tensors = {"model.embed_tokens.weight": self.embed.weight, "model.norm.weight": self.norm}
        for index, block in enumerate(self.blocks):
            name = f"model.layers.{index}."
            q, k, v = block.qkv.weight.split([s.heads * s.head, s.kv_heads * s.head, s.kv_heads * s.head])
            gate, up = block.gate_up.weight.chunk(2)
            tensors |= {
                name + "input_layernorm.weight": block.norm_in,
                name + "post_attention_layernorm.weight": block.norm_mid,
                name + "self_attn.q_norm.weight": block.norm_q,
                name + "self_attn.k_norm.weight": block.norm_k,
                name + "self_attn.q_proj.weight": q,
                name + "self_attn.k_proj.weight": k,
                name + "self_attn.v_proj.weight": v,
                name + "self_attn.o_proj.weight": block.out.weight,
                name + "mlp.gate_proj.weight": gate,
                name + "mlp.up_proj.weight": up,
                name + "mlp.down_proj.weight": block.down.weight,
            }
        half = {name: tensor.detach().to(torch.float16).contiguous().clone() for name, tensor in tensors.items()}
        directory.mkdir(parents=True, exist_ok=True)
        save_file(half, directory / "model.safetensors", metadata={"format": "pt"})
        config = {
            "architectures": ["Qwen3ForCausalLM"],
            "model_type": "qwen3",
            "vocab_size": s.vocabulary,
            "hidden_size": s.width,
            "intermediate_size": s.feed_forward,
            "num_hidden_layers": s.layers,
            "num_attention_heads": s.heads,
            "num_key_value_heads": s.kv_heads,
            "head_dim": s.head,
            "hidden_act": "silu",
            "max_position_embeddings": s.context,
            "rms_norm_eps": s.epsilon,
            "rope_theta": s.theta,
            "rope_parameters": {"rope_type": "default", "rope_theta": s.theta},
            "attention_bias": False,
            "attention_dropout": 0.0,
            "tie_word_embeddings": True,
            "torch_dtype": "float16",
            "bos_token_id": None,
            "eos_token_id": tokens["<|im_end|>"],
            "pad_token_id": tokens["<|endoftext|>"],
        }
        (directory / "config.json").write_text(json.dumps(config, indent=1) + "\n")


def checkpoint(model: Decoder, path: Path, step: int, optimisers: list[torch.optim.Optimizer]) -> None:
    state = {"shape": asdict(model.shape), "model": model.state_dict(), "step": step}
    torch.save(state | {"optimisers": [one.state_dict() for one in optimisers]}, path)
