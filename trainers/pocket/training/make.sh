#!/usr/bin/env bash
# Makes the pocket model from nothing: corpora, tokenizer, six stages of training, evaluation.
#     make.sh WORK_DIRECTORY      the model comes to lie in WORK_DIRECTORY/model
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=${1:?usage: make.sh WORK_DIRECTORY}

# Everything at once, from scratch.
node "$here/generate.ts" "$work/all" 60000 1
python3 "$here/train_tokenizer.py" "$work/all" "$work/model"
python3 "$here/train.py" "$work/all" "$work/model" --steps 2600
# More of the code.
node "$here/generate.ts" "$work/code" 45000 2 7 7
python3 "$here/train.py" "$work/code" "$work/model" --resume --rate 0.6 --steps 3050
# Many repairs, with weight on the tokens that decide them.
node "$here/generate.ts" "$work/fix" 16000 4 8 3 6
python3 "$here/train.py" "$work/fix" "$work/model" --resume --rate 0.5 --steps 3300
# The same, with listings of small projects around tasks that are not about code.
node "$here/generate.ts" "$work/listings" 16000 5 5 3 6
python3 "$here/train.py" "$work/listings" "$work/model" --resume --rate 0.4 --steps 3600
# Fresh conversations of everything once more: following and copying in all of them.
node "$here/generate.ts" "$work/mixed" 40000 6 3 3 2
python3 "$here/train.py" "$work/mixed" "$work/model" --resume --rate 0.5 --steps 4050
# Corrections composed from grammars, about every kind of task that people give; three in ten conversations are of the earlier kinds.
# Goes on from the weights as they are saved.
node "$here/generate.ts" "$work/broad" 60000 8 3 3 2 0 0.7
python3 "$here/train.py" "$work/broad" "$work/model" --from-weights --rate 0.6 --steps 2000 --threads 1 --compile
