"""Which notebooks `make test` leaves alone: those that passed as they stand, made from what would make them now."""

import json
import os
import subprocess
import sys

import pytest
import verified
from nbformat.v4 import new_output

from course_utils.authoring import source

CHAPTER = """# ---
# jupyter:
#   course: {chapter: "01"}
# ---

# %% [markdown] name="title"
# # 标题
#
# %% [markdown] lang="en" of=""
# # Title

# %% name="sum"
from course_utils.helper import add
print(add(1, 1))
"""


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


class Course:
    """One chapter that imports one helper."""

    def __init__(self, root):
        self.root, self.outputs = root, [new_output("stream", text="2\n")]
        self.write("source/chapters/01_tiny.py", CHAPTER)
        self.write("course_utils/helper.py", "def add(a, b):\n    return a + b\n")
        self.write("constraints.txt", "torch==2.13.0\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def replace(self, name, old, new):
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def entry(self):
        """As the chapter, its helper and the outputs stand now."""
        src = source.read(self.root / "source/chapters/01_tiny.py")
        nb = source.notebook(src, "zh")
        nb.cells[-1].outputs = self.outputs
        return verified.now(src, "zh", nb, self.root)


def edit_output(course, _):
    course.outputs = [new_output("stream", text="3\n")]


def edit_code(course, _):
    course.replace("source/chapters/01_tiny.py", "add(1, 1)", "add(2, 0)")


def edit_helper(course, _):
    course.replace("course_utils/helper.py", "a + b", "b + a")


def edit_prose(course, _):
    course.replace("source/chapters/01_tiny.py", "标题", "另一个标题")


def other_packages(course, monkeypatch):
    monkeypatch.setattr(verified, "version", lambda package: "0.1")


@pytest.mark.parametrize(
    "change, verified_still",
    [(edit_output, False), (edit_code, False), (edit_helper, False), (other_packages, False), (edit_prose, True)],
)
def test_what_a_verification_holds_for(course, monkeypatch, change, verified_still):
    course.replace("source/chapters/01_tiny.py", "print", "import torch\nprint")
    file = course.root / "verified.json"
    verified.record(file, {"01": course.entry()}, set(), {"01"})
    assert verified.holds(file, "01", course.entry())
    change(course, monkeypatch)
    assert verified.holds(file, "01", course.entry()) == verified_still


@pytest.mark.parametrize("content", [None, "", "{", "[1]", "3"])
def test_without_a_readable_file_nothing_is_verified(tmp_path, content):
    file = tmp_path / "verified.json"
    if content is not None:
        file.write_text(content)
    assert verified.read(file) == {} and not verified.holds(file, "01", {"says": "x"})


CONFTEST = """
import pathlib, verified
def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        present = {"passes", "fails", "fixed", "left alone"}
        config.pluginmanager.register(verified.Recorder(pathlib.Path("verified.json"), present))
"""
NOTEBOOKS = """
import pytest
@pytest.mark.parametrize("name, right", [("passes", True), ("fails", False), ("fixed", True)])
def test_notebook(name, right, record_property):
    record_property("notebook", [name, {"says": name}])
    assert right
"""


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_a_session_records_what_passed_and_forgets_what_did_not(tmp_path, workers):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_notebooks.py").write_text(NOTEBOOKS)
    before = {name: {"says": "before"} for name in ("fails", "fixed", "left alone", "gone")}
    (tmp_path / "verified.json").write_text(json.dumps(before))
    path = os.pathsep.join([str(verified.FILE.parent), str(verified.files.ROOT)])
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:nbval", *workers],
        cwd=tmp_path,
        env=dict(os.environ, PYTHONPATH=path),
        capture_output=True,
        text=True,
    )
    assert "1 failed, 2 passed" in ran.stdout, ran.stdout + ran.stderr
    assert verified.read(tmp_path / "verified.json") == {
        "fixed": {"says": "fixed"},
        "left alone": {"says": "before"},
        "passes": {"says": "passes"},
    }


def test_a_session_that_ran_no_notebook_writes_nothing(tmp_path):
    file = tmp_path / "verified.json"
    verified.Recorder(file, {"01"}).pytest_sessionfinish()
    assert not file.exists()
