"""The checks tell a right answer from every answer that differs from it in one small place (`mutating.py`).

A change that no check notices is either another way to be right, and `equivalent_mutations.csv` says why, or a
requirement that a check forgot.
"""

import csv
import functools
from pathlib import Path

import pytest
from mutating import mutants

from course_utils import known
from course_utils.authoring import answers, source
from course_utils.expected import PUBLIC_SEED

HERE = Path(__file__).parent
EXERCISES = sorted(HERE.parents[1].glob("source/exercises/E*.py"))
SEEDS = (PUBLIC_SEED, 1, 7)
EVERY = 20  # of the changes, in `make test`; all of them in `make test-all`


def equivalent():
    """(exercise, change) -> why it is right as well."""
    with open(HERE / "equivalent_mutations.csv", encoding="utf-8", newline="") as handle:
        return {(row["exercise"], row["change"]): row["reason"] for row in csv.DictReader(handle)}


def changes(exercise):
    """(what is changed, the changed answer) of every answer of an exercise."""
    for cell in exercise.cells:
        if "solution" in cell.meta.get("tags", ()):
            for what, code in mutants(source.SOLUTION_MARK.sub("", cell.text("en"))):
                yield f"{cell.name}: {what}", known.Answer("mutant", [], {}, code)


@functools.cache
def solution(path, seed):
    return answers.run(source.read(path), "en", seed)


def survivors(path, every=1):
    """The changes with which all checks pass, at one of the seeds at least."""
    exercise, alive = source.read(path), []
    for what, answer in list(changes(exercise))[::every]:
        try:
            passed = [answers.run(exercise, "en", seed, answer) == solution(path, seed) for seed in SEEDS]
        except source.SourceError:  # it does not even run
            continue
        if any(passed):
            alive.append(what)
    return alive


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_some_small_changes_are_noticed(path):
    known = {change for exercise, change in equivalent() if exercise == path.stem[:3]}
    assert [change for change in survivors(path, EVERY) if change not in known] == []


@pytest.mark.full
@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_every_small_change_is_noticed_or_equivalent(path):
    """Also that nothing is called equivalent that is noticed by now."""
    assert survivors(path) == [change for exercise, change in equivalent() if exercise == path.stem[:3]]


def test_every_equivalent_change_has_its_reason():
    assert all(len(reason) > 20 for reason in equivalent().values())


def test_a_forgotten_requirement_is_found():
    """The mistake that passed once: the largest entry in place of the first one."""
    (path,) = [path for path in EXERCISES if path.stem.startswith("E05")]
    found = [answer for what, answer in changes(source.read(path)) if "profile.max()" in what]
    assert found
    for answer in found:
        assert all(answers.run(source.read(path), "en", seed, answer) != solution(path, seed) for seed in SEEDS)
