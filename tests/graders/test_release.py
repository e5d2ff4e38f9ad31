"""A class release is unpacked away from the course, an exercise is done in it, and what must not be there is looked
for."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from making import content

from course_utils import cli, lab
from course_utils.authoring import answers, release, source
from course_utils.grading import reference


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    place = tmp_path_factory.mktemp("release")
    assert (
        cli.main(["release", "--lang", "zh", "--out", str(place / "class.zip"), "--hand-in", "放进讲台上的盒子"]) == 0
    )
    with zipfile.ZipFile(place / "class.zip") as archive:
        archive.extractall(place)
    return place / "rnn-course"


def test_nothing_is_overwritten(tmp_path, capsys):
    (tmp_path / "class.zip").write_text("kept")
    assert cli.main(["release", "--lang", "zh", "--out", str(tmp_path / "class.zip")]) == 2
    assert (tmp_path / "class.zip").read_text() == "kept" and capsys.readouterr().err.count("\n") == 1


def test_what_a_class_needs_is_there(unpacked, root):
    for place in ("notebooks/zh", "exercises/zh"):
        assert {p.name for p in (unpacked / place).glob("*.ipynb")} == {p.name for p in (root / place).glob("*.ipynb")}
    for name in (
        "README.md",
        "pyproject.toml",
        "constraints.txt",
        "environment.yml",
        "Makefile",
        "course_utils/checks.py",
        "course_utils/grading/templates/base.html",
    ):
        assert (unpacked / name).exists(), name


@pytest.fixture(scope="module")
def both(unpacked, tmp_path_factory):
    place = tmp_path_factory.mktemp("english")
    assert cli.main(["release", "--lang", "en", "--out", str(place / "class.zip")]) == 0
    with zipfile.ZipFile(place / "class.zip") as archive:
        archive.extractall(place)
    return {"zh": unpacked, "en": place / "rnn-course"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_readme_is_for_students_and_its_links_lead_somewhere(lang, both):
    text = (both[lang] / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) >= 2 + len(list((both[lang] / "exercises" / lang).glob("*.ipynb")))
    assert [link for link in links if not (both[lang] / link).exists()] == []
    assert not re.search(r"make test|solutions|git clone|source/", text)
    assert ("开始" in text) == (lang == "zh") and ("放进讲台上的盒子" in text) == (lang == "zh")
    assert not (both[lang] / "README.zh-CN.md").exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_opens_in_its_own_language(lang, both, tmp_path, monkeypatch):
    opened = []
    shutil.copytree(both[lang], tmp_path / "course")
    monkeypatch.setattr(cli, "ROOT", tmp_path / "course")
    monkeypatch.setattr(lab, "trust", lambda paths: None)
    monkeypatch.setattr(lab, "launch", lambda work, chapter: opened.append(str(chapter)))
    assert cli.main(["lab"]) == 0
    assert len(opened) == 1 and f"start/{lang}.ipynb" in opened[0]
    assert f"lang := {lang}\n" in (both[lang] / "Makefile").read_text(encoding="utf-8")


def make(*arguments, folder):
    return subprocess.run(["make", "-s", *arguments], cwd=folder, capture_output=True, text=True)


def test_make_offers_what_it_can_do_and_no_more(unpacked, root):
    offered, there = (re.findall(r"^ +make (\S+)", make(folder=place).stdout, re.M) for place in (unpacked, root))
    assert offered == ["help", "lab"] and {"help", "lab", "test", "build", "check", "site"} <= set(there)
    for target in there:
        assert (make("-n", target, folder=unpacked).returncode == 0) == (target in offered), target


def test_everyone_may_read_it(tmp_path):
    assert cli.main(["release", "--lang", "zh", "--out", str(tmp_path / "class.zip"), "--hand-in", "x"]) == 0
    with zipfile.ZipFile(tmp_path / "class.zip") as archive:
        assert {member.external_attr >> 16 for member in archive.infolist()} == {0o100644}


def test_the_teacher_hears_which_cells_are_close_to_an_exercise(tmp_path, monkeypatch):
    def notebook(kind, name, cells):
        path = tmp_path / kind / "en" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"cells": [{"cell_type": "code", "metadata": {}, **cell} for cell in cells]}))

    code = "def f(x):\n    first = x @ W_x.T\n    second = first + bias\n    return second.tanh()\n"
    graded = {"nbgrader": {"grade_id": "f", "solution": True}}
    notebook("solutions", "E01_x", [{"id": "f", "source": [code], "metadata": graded}])
    near = code.replace("def f(x)", "def g(x)").replace("first +", "first  +")
    judged = {"id": "judge", "source": code, "metadata": {"tags": ["wrong-code"]}}
    cells = [
        {"id": "far", "source": "y = 1"},
        {"id": "near", "source": near},
        {"id": "same", "source": "def f(a): pass"},
    ]
    notebook("notebooks", "02_cell", [*cells, judged])
    monkeypatch.setattr(release, "ROOT", tmp_path)
    assert [cell for *_, cell in release.close_cells("en")] == ["near", "same"]


def test_no_solution_no_wrong_code_no_secret(unpacked, root):
    names = [path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()]
    assert not [
        n
        for n in names
        if n.startswith(("solutions", "source", "tests", "work", "grades", "benchmarks", ".git")) or "__pycache__" in n
    ]
    everything = "\n".join(
        path.read_text(encoding="utf-8", errors="ignore")
        for path in unpacked.rglob("*")
        if path.is_file() and path.suffix in (".ipynb", ".json", ".py") and "notebooks" not in path.parts
    )
    everything = everything.replace("\\n", "\n").replace('\\"', '"')
    for path in sorted((root / "source" / "exercises").glob("*.py")):
        exercise = source.read(path)
        for answer in answers.load(exercise):
            body = answer.code.split("\n", 2)[2].strip() if "\n" in answer.code else answer.code
            lines = re.compile(rf"^ *{re.escape(body)}$", re.M)  # whole lines: "return T" is not "return True"
            assert not lines.search(everything), (path.name, answer.name)
    for solved in sorted((root / "solutions" / "zh").glob("*.ipynb")):
        given = {
            c["id"]: "".join(c["source"])
            for c in json.loads((root / "exercises" / "zh" / solved.name).read_text(encoding="utf-8"))["cells"]
        }
        for cell in json.loads(solved.read_text(encoding="utf-8"))["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                assert "".join(cell["source"]) != given[cell["id"]]
                assert "".join(cell["source"]) not in everything


def test_wrong_code_to_judge_is_left_out(unpacked, root):
    def to_judge(place):
        return [
            cell
            for path in sorted((place / "notebooks" / "zh").glob("*.ipynb"))
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
            if "wrong-code" in cell["metadata"].get("tags", []) or "judge(" in "".join(cell["source"])
        ]

    assert to_judge(root) and not to_judge(unpacked)


def summary(unpacked, body, sandbox="none"):
    """What the last cell of an exercise prints, run by the package in the release."""
    work = unpacked / "work" / "exercises" / "zh"
    work.mkdir(parents=True, exist_ok=True)
    (work / "E01_simple_rnn.ipynb").write_bytes(body)
    done = subprocess.run(
        [sys.executable, "-m", "course_utils.cli", "grade", "--summary", "--sandbox", sandbox, "E01_simple_rnn.ipynb"],
        cwd=work,
        text=True,
        capture_output=True,
        env=dict(os.environ, PYTHONPATH=str(unpacked)),
    )
    assert done.returncode == 0, done.stderr
    assert os.listdir(work) == ["E01_simple_rnn.ipynb"]
    return done.stdout


@pytest.mark.box
def test_the_box_shows_a_course_below_tmp(unpacked, boxed):
    """Each box has a /tmp of its own. This course usually lies in the machine's (pytest's folder does), and the
    exercise still imports from it."""
    assert "总分 10/10" in summary(unpacked, content(), "bwrap")


def test_an_exercise_is_done_in_it(unpacked):
    template = (unpacked / "exercises" / "zh" / reference.solutions("zh")["E01"].name).read_bytes()
    assert "总分 0/10" in summary(unpacked, template)
    right = summary(unpacked, content())
    assert "总分 10/10" in right and "自查" in right and "放进讲台上的盒子" in right
    wrong = summary(
        unpacked,
        content(
            rnn_step="def rnn_step(x_t, h_prev, W_x, W_h, b):\n    return torch.tanh(x_t @ W_x.T + h_prev @ W_h + b)"
        ),
    )
    assert "总分 0/10" in wrong and "W_h" in wrong
