"""Make reviews.csv: what a linear model and an LSTM think of real reviews, one row for each, without the texts.

    pip install -c constraints.txt -e '.[corpora]'
    python datasets/make_reviews.py datasets/reviews.csv

One thread, about two minutes on one core. reviews.md describes the columns.
"""

import csv
import sys

import torch

from course_utils import data
from course_utils.data.reviews import review_id
from course_utils.training.classifying import Linear, Reader, probabilities, train_classifier

SEEDS = 3
EARLY, LATE = 2, 5  # epochs
LONGEST = 80  # characters that the LSTM reads
TURNS = ("但", "不过", "可是", "虽然", "然而")

if __name__ == "__main__":
    torch.set_num_threads(1)
    reviews = data.customer_reviews()
    validation, test, train = reviews[:1500], reviews[1500:3000], reviews[3000:13000]
    seen, asked = [text for text, _ in train], [text for text, _ in validation + test]

    columns = {}
    linear = train_classifier(Linear(seen, 2, longest=2, often=3), train, seed=0, epochs=3, lr=1e-2, label="linear")
    columns["linear"] = probabilities(linear, asked)[:, 1]
    for seed in range(SEEDS):
        torch.manual_seed(seed)
        reader = Reader(seen, 2, embedding=32, hidden=48, longest=LONGEST)
        for name, epochs in (("early", EARLY), ("late", LATE - EARLY)):
            train_classifier(reader, train, seed, epochs, lr=4e-3, label=f"LSTM {seed}, {name}")
            columns[f"{name}_{seed}"] = probabilities(reader, asked)[:, 1]
    order = ["linear", *(f"{name}_{seed}" for name in ("early", "late") for seed in range(SEEDS))]

    with open(sys.argv[1], "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["id", "part", "label", "characters", "turns", *order])
        for k, (text, label) in enumerate(validation + test):
            part = "validation" if k < len(validation) else "test"
            turns = int(any(word in text for word in TURNS))
            thought = [f"{columns[name][k]:.3f}" for name in order]
            rows.writerow([review_id(text), part, label, len(text), turns, *thought])
