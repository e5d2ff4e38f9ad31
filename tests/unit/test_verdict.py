"""A check earns points by a complete record of it, and by nothing else."""

import pytest

from course_utils.grading import run, verdict

LINES = {"h": "1.5", "shape of h": "(2, 3)"}
GOOD = "a print of the learner's\n· h: 1.5\n......· shape of h: (2, 3)\nh: 7\n"


def record(printed=GOOD, executed=True, error=None, offence=None):
    return run.Record(executed, printed, error, offence)


def test_a_complete_record_earns():
    assert verdict.holds(record(), LINES)


@pytest.mark.parametrize(
    "less",
    [
        None,
        record(executed=False),
        record(error="ValueError: late"),
        record(offence="malformed"),
        record(""),
        record("· h: 1.5\n"),
        record("· h: 1.5\n· shape of h: (2, 4)\n"),
        record("h: 1.5\nshape of h: (2, 3)\n"),
        record("· h: 1.5\n· h: 1.6\n· shape of h: (2, 3)\n"),  # one of many guesses
        record("· h: 1.6\n· h: 1.5\n· shape of h: (2, 3)\n"),
        record("· h: 1.5\n· shape of h: (2, 3"),
    ],
    ids=range(11),
)
def test_anything_less_earns_nothing(less):
    assert not verdict.holds(less, LINES)


def test_a_check_of_which_nothing_is_expected_earns_nothing():
    assert not verdict.holds(record(), {}) and not verdict.holds(record(""), {})


class Measure:
    """A reference with one check."""

    has_outputs = True

    def __init__(self, printed="· h: 1\n", count=1):
        outputs = [{"name": "stdout", "text": printed}] if printed else []
        self.cell = {"execution_count": count, "outputs": outputs}

    def cells(self, kind):
        return [("check-f", self.cell)]


def judged(*records, left_out=(), answers=("f",), reference=Measure()):  # noqa: B008
    outcomes = [run.Outcome({"check-f": each} if each else {}, dict(left_out)) for each in records]
    return verdict.verdict("check-f", ["f"], answers, [reference] * len(outcomes), outcomes)


RIGHT, WRONG = record("· h: 1\n"), record("· h: 2\n")


def test_the_verdict_and_its_reason():
    assert judged(RIGHT) == judged(RIGHT, RIGHT) == "passed"
    assert judged(RIGHT, WRONG) == judged(WRONG, RIGHT) == judged(WRONG) == "failed"
    assert judged(None) == judged(RIGHT, None) == "unseen"
    assert judged(WRONG, answers=()) == "missing"
    assert judged(RIGHT, left_out={"f": "malformed"}) == "malformed"
    assert judged(record("", False, "Banned: do not call torch's rnn_tanh")) == "banned"
    assert judged(record("", False, "RuntimeError: Banned: x")) == "failed"


@pytest.mark.parametrize("reference", [Measure(count=None), Measure(printed="")])
def test_a_solution_that_was_not_run_or_printed_nothing_measures_nothing(reference):
    assert judged(RIGHT, reference=reference) == judged(record(""), reference=reference) == "failed"


def test_a_record_that_is_missing_or_cut_short_holds_no_cells(tmp_path):
    path = tmp_path / "cells.json"
    assert run._records(path) == []
    for text in ("[{", "{}x", '[{"executed": true}]', "[1]"):
        path.write_text(text)
        assert run._records(path) == []
    path.write_text('[{"executed": true, "printed": "", "error": null, "offence": null}]')
    assert run._records(path) == [record("")]
