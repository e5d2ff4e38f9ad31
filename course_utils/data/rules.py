"""The stored measurements behind the table of update rules in chapter 12."""

from dataclasses import dataclass

from .sources import table


@dataclass(frozen=True)
class RuleRun:
    """One rule trained on one task; datasets/rules.md says what each field means."""

    rule: str  # a name in course_utils.training.rules.RULES
    task: str  # "parity" or "memory"
    lr: float
    seed: int  # 100: the seed on which the learning rate was chosen; it is in no result
    near: float  # share of right answers at lengths seen in training
    far: float  # the same, in the last quarter of 512 steps
    pairs_4: float  # "memory" only (else 0): right answers with so many pairs stored
    pairs_8: float
    pairs_16: float
    pairs_32: float


def rule_runs():
    """The runs in datasets/rules.csv that count (seeds 0, 1, 2), a list of RuleRun in the order of the file. RuntimeError
    where the file is missing.

    Source: datasets/make_rules.py."""
    return [run for run in table("rules.csv", RuleRun) if run.seed != 100]
