"""Writes what transformers computes for a model folder, so that the pocket backend's numbers can be held to it.

    python3 trainers/pocket/testing/make_parity_fixture.py [MODEL_FOLDER] [FIXTURE]

Defaults: the bundled model and parity.json beside this file. Run it again whenever the model's weights, tokenizer or chat
template change. Needs torch and transformers; everything runs on the CPU in float32.
"""

import hashlib
import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = Path(__file__).parent
ROWS = 8  # scored positions per sequence
STRIDE = 12  # every 12th token of the vocabulary is written down
GREEDY = 32

TOOLS = json.loads((HERE.parent / "training" / "tools.json").read_text())
CALL = '<tool_call>\n{"name": "read", "arguments": {"path": "src/math.js"}}\n</tool_call>'
CHATS = [
    {"messages": [{"role": "user", "content": "fix the failing test"}], "tools": []},
    {
        "messages": [
            {"role": "system", "content": "You are a coding agent.\nFiles: src/math.js, test/math.test.js"},
            {"role": "user", "content": "add a divide function to src/math.js"},
            {"role": "assistant", "content": CALL},
            {"role": "tool", "content": "1  export const add = (a, b) => a + b\n"},
        ],
        "tools": TOOLS,
    },
    {
        "messages": [
            {"role": "system", "content": "Sei knapp."},
            {"role": "user", "content": "Größe prüfen: 3 < 5 & \"naïve\" 日本 🙂\ttab\\n <|im_end|>"},
            {"role": "assistant", "content": "Fertig."},
            {"role": "user", "content": "danke"},
        ],
        "tools": TOOLS[:2],
    },
]


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "model"
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / "parity.json"
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()

    chats = [
        {**chat, "ids": tokenizer.apply_chat_template(
            chat["messages"], tools=chat["tools"] or None, add_generation_prompt=True, return_dict=False)}
        for chat in CHATS
    ]
    vocabulary = model.config.vocab_size
    numbers = [(i * i * 7919 + i * 104729 + 17) % vocabulary for i in range(96)]
    scores = []
    for ids in [chats[1]["ids"], numbers]:
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0]
        rows = torch.log_softmax(logits.double(), -1)[-ROWS - 1:-1, ::STRIDE]
        scores.append({"ids": ids, "rows": [[round(x, 6) for x in row.tolist()] for row in rows]})

    prompt = chats[1]["ids"]
    ids = list(prompt)
    with torch.no_grad():
        for _ in range(GREEDY):
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
            if ids[-1] == tokenizer.eos_token_id:
                break
    fixture = {
        "weights": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
        "stride": STRIDE,
        "chats": chats,
        "scores": scores,
        "greedy": {"promptIds": prompt, "ids": ids[len(prompt):]},
    }
    target.write_text(json.dumps(fixture, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"{target}: {target.stat().st_size} bytes")


main()
