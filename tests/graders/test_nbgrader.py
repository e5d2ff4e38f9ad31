"""nbgrader takes our solutions unchanged and judges as we do. Optional: nbgrader lives in an environment of its own.

python -m venv nbgrader-env && nbgrader-env/bin/pip install nbgrader
COURSE_NBGRADER=nbgrader-env/bin/nbgrader python -m pytest tests/graders/test_nbgrader.py
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from making import content, known_answers

from course_utils.grading import reference

NBGRADER = os.environ.get("COURSE_NBGRADER")
WRONG = ("transposed-W_h", "missing-b", "no-nonlinearity")
pytestmark = pytest.mark.skipif(not NBGRADER, reason="COURSE_NBGRADER does not name an nbgrader command")


def nbgrader(course, *arguments):
    path = os.pathsep.join(
        [str(Path(NBGRADER).absolute().parent), os.environ["PATH"]]
    )  # nbgrader calls its own alembic
    environment = dict(
        os.environ, PATH=path, JUPYTER_PATH=str(course / "jupyter"), COURSE_STORE="1", OMP_NUM_THREADS="1"
    )
    done = subprocess.run(
        [str(Path(NBGRADER).absolute()), *arguments], cwd=course, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_solution_full_marks_and_wrong_answers_none(root, tmp_path):
    kernel = tmp_path / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(
        json.dumps(
            {
                "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                "display_name": "Python 3",
                "language": "python",
            }
        )
    )
    solved = reference.solutions("zh")["E01"]
    expected = root / "exercises" / "zh" / f".{solved.stem}.expected.json"
    assignment = tmp_path / "source" / "E01"
    assignment.mkdir(parents=True)
    shutil.copy(solved, assignment)
    shutil.copy(expected, assignment)
    nbgrader(tmp_path, "generate_assignment", "E01", "--create")
    assert "NotImplementedError" in (tmp_path / "release" / "E01" / solved.name).read_text(encoding="utf-8")

    submissions = {"solution": content()} | {
        answer.name: content(**functions) for answer, functions in known_answers(root, "E01") if answer.name in WRONG
    }
    assert set(submissions) == {"solution", *WRONG}
    for student, body in submissions.items():
        place = tmp_path / "submitted" / student / "E01"
        place.mkdir(parents=True)
        (place / solved.name).write_bytes(body)
    nbgrader(tmp_path, "autograde", "E01", "--create")
    nbgrader(tmp_path, "export")
    with open(tmp_path / "grades.csv", newline="") as handle:
        marks = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(handle)}
    assert marks == {"solution": (10, 10), **dict.fromkeys(WRONG, (0, 10))}
