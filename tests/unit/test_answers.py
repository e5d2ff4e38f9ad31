"""Every exercise's checks reject all known wrong answers and accept all known right ones.

Run in this process through the comparator that also makes the learner's feedback: what the checks print.
"""

import functools
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from course_utils import exercise
from course_utils.authoring import answers, source
from course_utils.expected import PUBLIC_SEED, TIE_MARGIN, error_key, misconceptions

read = functools.cache(source.read)
EXERCISES = sorted(Path(__file__).parents[2].glob("source/exercises/E*.py"))
SEEDS = (PUBLIC_SEED, 1, 7, 123456)


def case(path, answer):
    return pytest.param(path, answer, id=f"{path.stem[:3]}-{answer.name}")


def cases(tag):
    return [case(path, answer) for path in EXERCISES for answer in answers.load(read(path)) if tag in answer.tags]


@pytest.fixture(scope="module")
def solution():
    """(path, seed) -> what the solution prints."""
    return functools.cache(lambda path, seed: answers.run(read(path), "zh", seed))


@pytest.fixture(scope="module")
def expected():
    """path -> what lies beside the English notebook as `.expected.json`."""
    return functools.cache(lambda path: answers.expected(read(path), "en"))


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_solution_passes_its_own_checks(path, solution):
    runs = [solution(path, seed) for seed in SEEDS]
    assert all(not run.errors for run in runs)
    assert len({str(run.lines) for run in runs}) == len(SEEDS), "the fixtures do not depend on SEED"
    assert runs[0].margin >= TIE_MARGIN, "a value printed at the public seed is too close to a rounding tie"


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_exercise_is_complete(path):
    exercise = read(path)
    code = [cell for cell in exercise.cells if cell.kind == "code"]
    named = [cell.name for cell in code if "solution" in cell.meta.get("tags", ())]
    graded = [cell for cell in code if "check" in cell.meta.get("tags", ())]
    assert sum(cell.meta["points"] for cell in graded) == 10
    assert {name for cell in graded for name in cell.meta["of"].split()} == set(named), "an answer without a check"
    assert set(exercise.course.get("banned", {})) <= set(named)
    assert "check.grade()" in code[-1].zh
    hints = [cell.name for cell in exercise.cells if cell.name.startswith("hint-")]
    assert len(hints) >= 3 and len(hints) % 3 == 0
    tags = Counter(tag for answer in answers.load(exercise) for tag in answer.tags)
    assert tags["wrong"] >= 13 and tags["right"] >= 3


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
@pytest.mark.parametrize("lang", source.LANGUAGES)
def test_labels_are_unique(path, lang, monkeypatch):
    """A label used twice would hide the first of its two lines from the comparison."""
    shown = []
    show = exercise.Exercise._show

    def record(self, label, *values, **options):
        shown.append(label)
        show(self, label, *values, **options)

    monkeypatch.setattr(exercise.Exercise, "_show", record)
    answers.run(read(path), lang, PUBLIC_SEED)
    assert [label for label, n in Counter(shown).items() if n > 1] == []
    assert shown


@pytest.mark.parametrize("path, answer", cases("wrong"))
def test_wrong_answer_is_rejected(path, answer, solution):
    exercise = read(path)
    passed = [seed for seed in SEEDS if answers.run(exercise, "zh", seed, answer) == solution(path, seed)]
    assert passed == []


def told(run, expected):
    """All explanations given while the checks run one after another."""
    seen, found = {}, set()
    for check, labels in run.labels.items():
        seen[check] = {label: run.lines[label] for label in labels} | (
            {error_key(check): run.errors[check]} if check in run.errors else {}
        )
        found.update(misconceptions(expected, seen, check))
    return found


@pytest.mark.parametrize("path, answer", cases("wrong"))
def test_misconception_reaches_the_learner(path, answer, expected):
    """Both languages explain it, and at the public seed one of the checks names it."""
    assert source.CJK.search(answer.why["zh"])
    assert answer.why["en"] and not source.CJK.search(answer.why["en"])
    run = answers.run(read(path), "en", PUBLIC_SEED, answer)
    assert told(run, expected(path)) == {answer.why["en"]}, "no hint, or a false one"


def pairs(path):
    """Wrong answers of different functions, two at a time."""
    exercise = read(path)
    wrong = [answer for answer in answers.load(exercise) if "wrong" in answer.tags]
    for one, other in combinations(wrong, 2):
        if not set(answers.replaces(exercise, one)) & set(answers.replaces(exercise, other)):
            yield one, other


def both_explained(path, expected, chosen):
    """Share of the pairs of which both explanations are given. One at least is, and never a third."""
    exercise, both = read(path), []
    for one, other in chosen:
        found = told(answers.run(exercise, "en", PUBLIC_SEED, answers.together(one, other)), expected)
        assert found and found <= {one.why["en"], other.why["en"]}, (one.name, other.name, found)
        both.append(len(found) == 2)
    return sum(both) / len(both) if both else 1.0


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_of_two_mistakes_each_is_explained(path, expected):
    """A sample: every eleventh pair."""
    assert both_explained(path, expected(path), [*pairs(path)][::11]) > 0.7


@pytest.mark.full
@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_of_all_pairs_of_mistakes_each_is_explained(path, expected):
    assert both_explained(path, expected(path), pairs(path)) > 0.75


@pytest.mark.parametrize("path, answer", cases("right"))
def test_a_right_answer_beside_a_wrong_one_is_not_accused(path, answer, expected):
    """What the checks say of the wrong one is about that one; on its own, a right answer hears nothing."""
    exercise = read(path)
    mine = set(answers.replaces(exercise, answer))
    ban = "built-in" not in answer.tags
    assert told(answers.run(exercise, "en", PUBLIC_SEED, answer, ban=ban), expected(path)) == set()
    others = [each for each in answers.load(exercise) if "wrong" in each.tags]
    beside = [each for each in others if not mine & set(answers.replaces(exercise, each))]
    for wrong in beside[::5]:
        run = answers.run(exercise, "en", PUBLIC_SEED, answers.together(answer, wrong), ban=ban)
        assert told(run, expected(path)) <= {wrong.why["en"]}, wrong.name


@pytest.mark.parametrize("path, answer", cases("right"))
def test_right_answer_is_accepted(path, answer, solution):
    exercise = read(path)
    for seed in SEEDS:
        run = answers.run(exercise, "zh", seed, answer, ban="built-in" not in answer.tags)
        assert run.errors == {}
        assert run.lines == solution(path, seed).lines


@pytest.mark.parametrize("path, answer", cases("built-in"))
def test_built_in_is_banned(path, answer):
    run = answers.run(read(path), "zh", PUBLIC_SEED, answer)
    assert run.errors and all(error.startswith("Banned") for error in run.errors.values())
