"""Graders are tested on real exercises, in the real box."""

import pytest

from course_utils.grading import reading, reference
from course_utils.grading.box import isolation, tiers
from course_utils.grading.grade import Task, grade
from course_utils.grading.run import Limits

SEED = 4711
FAST = Limits(cell=5, wall=60)


@pytest.fixture(scope="session")
def boxed(need):
    need(tiers.WARM in tiers.available(), tiers.INSTALL)


@pytest.fixture(scope="session")
def warm(boxed):
    with isolation.Isolation(tiers.WARM) as started:
        started.ensure()
        yield started


@pytest.fixture(scope="session")
def cold(boxed):
    with isolation.Isolation(tiers.COLD) as started:
        started.ensure()
        yield started


@pytest.fixture(scope="session")
def references(warm, tmp_path_factory):
    """E01's reference; others are made when a test asks for them."""
    return {("E01", "zh"): reference.references("E01", "zh", [SEED], warm, tmp_path_factory.mktemp("reference"))}


@pytest.fixture(scope="session")
def grade_in(references):
    """grade_in(isolation, content, …) -> what grades.json holds, and under "report" what the pages show besides"""

    def run(place, body, name="someone", limits=FAST, **task):
        try:
            row = grade(Task(name, reading.read(body), **task), references, place, limits)
        except reading.Unreadable as problem:
            row = grade(Task(name, None, problem.words, **task), references, place, limits)
        shown = {"lines": {check.id: [vars(line) for line in check.lines] for check in row.checks}, "notes": row.notes}
        return row.public() | {"report": shown | ({"fault": row.fault} if row.fault else {})}

    return run
