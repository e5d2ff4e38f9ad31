"""Train the two small networks that the translation desk shows on its own, and write them into the page.

    python datasets/make_desk.py course_utils/explore/pages/desk.html

They read one way of writing a date (Aug 9, 2026) and have 24 hidden units. In chapter 10 the page gets the chapter's
own networks. A quarter of a minute.
"""

import copy
import json
import random
import re
import sys
from pathlib import Path

import torch
from babel.dates import format_date

from course_utils import data
from course_utils.explore import packed
from course_utils.training.translation import Seq2Seq, exact_match, greedy_decode, train_translator

APPRENTICE, TRAINED = 40_000, 100_000  # pairs read
SHOWN = 6


def pairs(days, count, seed):
    drawn = random.Random(seed).choices(days, k=count)
    return [(format_date(day, "medium", locale="en"), day.isoformat()) for day in drawn]


if __name__ == "__main__":
    torch.set_num_threads(1)
    train_days, _, test_days = data.date_splits()
    train, test = pairs(train_days, TRAINED, seed=1), pairs(test_days, 500, seed=3)
    source, target = data.Vocabulary.of(a for a, _ in train), data.Vocabulary.of(b for _, b in train)
    torch.manual_seed(0)
    network = Seq2Seq(len(source), len(target), embedding=8, hidden=24)
    made = {"sources": source.symbols, "targets": target.symbols}
    for name, part in (("apprentice", train[:APPRENTICE]), ("trained", train[APPRENTICE:])):
        train_translator(network, part, source, target, seed=0, lr=1e-2)
        made[name] = {key: packed(value) for key, value in copy.deepcopy(network).state_dict().items()}
        sources, lengths, targets = data.translation_batch(test, source, target)
        print(name, exact_match(greedy_decode(network, sources, lengths, 11), targets))
    page = Path(sys.argv[1])
    written = json.dumps(made | {"examples": test[:SHOWN]}, ensure_ascii=False)
    text = re.sub(
        r"/\*DATA\*/.*?/\*END\*/", lambda _: f"/*DATA*/{written}/*END*/", page.read_text(encoding="utf-8"), flags=re.S
    )
    page.write_text(text, encoding="utf-8")
