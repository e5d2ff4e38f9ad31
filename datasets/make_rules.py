"""Make rules.csv: what eight update rules learn of parity and of remembering pairs (chapter 12).

    python datasets/make_rules.py datasets/rules.csv

One thread, about 25 minutes on one core. Rules, tasks and training are those of course_utils/training/rules.py.
rules.md describes the columns.
"""

import csv
import sys

import torch

from course_utils.training.rules import RULES, TASKS, exam, train_rule

RATES = (3e-3, 1e-2)
CHOOSE, SEEDS = 100, (0, 1, 2)  # the learning rate is chosen on a seed that is in no result
COLUMNS = ["near", "far", "pairs_4", "pairs_8", "pairs_16", "pairs_32"]


def runs(rule, task):
    """All rows of one rule and task: the choice of the learning rate, then the seeds that count."""
    rows = []
    for lr in RATES:
        rows.append((lr, CHOOSE, exam(train_rule(rule, task, CHOOSE, lr), task, CHOOSE)))
        yield rows[-1]
    # "far" is what the rule is asked last: nothing is chosen by it
    best, _, _ = max(rows, key=lambda row: sum(value for name, value in row[2].items() if name != "far"))
    for seed in SEEDS:
        yield best, seed, exam(train_rule(rule, task, seed, best), task, seed)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python make_rules.py TARGET.csv")
    torch.set_num_threads(1)
    with open(sys.argv[1], "w", newline="", buffering=1, encoding="utf-8") as file:
        table = csv.DictWriter(file, ["rule", "task", "lr", "seed", *COLUMNS], lineterminator="\n")
        table.writeheader()
        for task in TASKS:
            for rule in RULES:
                for lr, seed, scores in runs(rule, task):
                    scores = {name: f"{value:.3f}" for name, value in scores.items()}
                    table.writerow({"rule": rule, "task": task, "lr": lr, "seed": seed} | scores)
                print(task, rule, flush=True)
