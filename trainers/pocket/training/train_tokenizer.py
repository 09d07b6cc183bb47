"""Trains the pocket model's byte-level BPE tokenizer on a generated corpus.

    python train_tokenizer.py CORPUS_DIRECTORY MODEL_DIRECTORY [VOCABULARY_SIZE]

Names are what the model must copy, so a name's tokens must not depend on what stands around it: runs of letters, single
digits, JSON escapes, white space and punctuation are separate words, and no letter run takes a space with it.
"""

import json
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

WORDS = r'\\[a-z"\\/]|\p{L}+|\p{N}| ?[^\s\p{L}\p{N}\\]+(?: [^\s\p{L}\p{N}\\]+)* ?|\s*[\r\n]+|\s+|\\'
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MARKERS = ["<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<tools>", "</tools>"]


def main(corpus: Path, model: Path, size: int) -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    added = [AddedToken(text, special=text in SPECIAL, normalized=False) for text in SPECIAL + MARKERS]
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(added),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=16,
        show_progress=False,
    )

    def texts():
        prefixes = json.loads((corpus / "prefixes.json").read_text())
        for prefix in prefixes:
            for _ in range(20):
                yield from strip(prefix)
        with (corpus / "conversations.jsonl").open() as lines:
            for number, line in enumerate(lines):
                if number >= 20000:
                    return
                for text, _weight in json.loads(line):
                    yield from strip(text)

    def strip(text: str):
        for marker in SPECIAL + MARKERS:
            text = text.replace(marker, "\0")
        return [part for part in text.split("\0") if part]

    tokenizer.train_from_iterator(texts(), trainer)
    # Names in the corpus are half random, so BPE fills up with rare syllables; the special tokens come last.
    tokenizer.add_tokens([token for token in added if not token.special])
    tokenizer.add_special_tokens([token for token in added if token.special])
    model.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(model / "tokenizer.json"))
    template = (Path(__file__).parent / "chat_template.jinja").read_text()
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": None,
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "unk_token": None,
        "clean_up_tokenization_spaces": False,
        "model_max_length": 4096,
        "chat_template": template,
    }
    (model / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")
    print("vocabulary", tokenizer.get_vocab_size())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1536)
