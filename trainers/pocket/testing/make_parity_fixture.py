"""Writes what transformers computes with a model folder, for the test that holds the pocket backend to it.

    python3 trainers/pocket/testing/make_parity_fixture.py [model folder] [output file]

A development tool; needs torch and transformers. Run it again whenever the shipped model changes. Defaults: the shipped model,
and shipped-model.json next to this file. The fixture holds

- the SHA-256 of model.safetensors, so that a fixture of another model is noticed;
- a conversation with tools, and the ids that the tokenizer and chat template make of it;
- the distributions (log-softmax of Qwen3ForCausalLM's logits, float32) after some of these ids.
"""

import hashlib
import json
import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer, Qwen3ForCausalLM

HERE = Path(__file__).parent
ROWS = 4

MESSAGES = [
    {"role": "system", "content": "You are continualcode, a coding agent.\n\nProject files:\nsrc/math.js\ntest/math.test.js"},
    {"role": "user", "content": "fix the test: naïve  spacing,\ttabs & “quotes” → 日本"},
    {
        "role": "assistant",
        "content": '<tool_call>\n{"name": "read", "arguments": {"path": "src/math.js"}}\n</tool_call>',
    },
    {"role": "tool", "content": "1  export const add = (a, b) => a - b\n2\n3  // it's 100% <done>\n"},
    {"role": "user", "content": "Correction: use edit_lines; don't overwrite"},
]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "read",
            "description": "Read a file.",
            "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
        },
    },
    {
        "type": "function",
        "function": {"name": "bash", "description": "Run a command.", "parameters": {"type": "object", "properties": {}}},
    },
]


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "model"
    output = Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / "shipped-model.json"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer.apply_chat_template(
        MESSAGES, tools=TOOLS, add_generation_prompt=True, tokenize=True, return_dict=False
    )
    model = Qwen3ForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        log_probs = torch.log_softmax(model(torch.tensor([ids])).logits[0], -1)
    rows = [len(ids) * (index + 1) // ROWS - 1 for index in range(ROWS)]
    fixture = {
        "modelSha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
        "messages": MESSAGES,
        "tools": TOOLS,
        "ids": ids,
        "rows": [
            {"position": row, "logProbs": [round(value, 6) for value in log_probs[row].tolist()]} for row in rows
        ],
    }
    output.write_text(json.dumps(fixture, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"{output}: {len(ids)} ids, rows {rows}")


main()
