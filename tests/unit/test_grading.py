"""The parts of grading that need no kernel."""

import pytest

from course_utils.grading import bans, reading, run, submission
from course_utils.grading.box import bubblewrap, isolation, tiers


def notebook(*cells):
    return reading.Notebook("E01", "zh", cells)


def test_answers_by_grade_id_then_cell_id_then_function():
    cells = [
        ("f", None, "def f(): return 1"),
        (None, "g", "def g(): return 1"),
        (None, None, "%timeit 1\ndef h(): return 1"),
    ]
    assert submission.answers(notebook(*cells), ["f", "g", "h"]) == (
        {"f": cells[0][2], "g": cells[1][2], "h": cells[2][2]},
        [],
    )


def test_missing_and_repeated_answers_are_said():
    found, notes = submission.answers(notebook(("f", None, "old"), ("f", None, "new")), ["f", "g"])
    assert found == {"f": "new"} and len(notes) == 2 and "2" in notes[0][0] and "g" in notes[1][1]


@pytest.mark.parametrize(
    "code, found",
    [
        ("torch.nn.RNN(3, 4)", ["RNN"]),
        ("from torch.nn import RNN as R", ["RNN"]),
        ("from torch.nn import *", ["*"]),
        ("vars(torch.nn)['RNN']", ["RNN"]),
        ("getattr(torch.nn, 'RN' + 'N')", ["getattr"]),
        ("g = getattr", ["getattr"]),
        ("eval('1')", ["eval"]),
        ("import torch._VF", ["_VF"]),
        ("torch.ops.aten.x.decompose()", ["decompose"]),
        ("def RNN(x): return x\nRNN(3)", []),
        ("x = getattr(y, 'shape')", []),
        ("# RNN\n'''nn.RNN is banned'''", []),
        ("%matplotlib inline\ntorch.nn.RNN", ["RNN"]),
        ("def broken(:", []),
    ],
)
def test_banned_names(code, found):
    assert bans.used(code, ["RNN"]) == found


def test_nothing_is_banned_where_the_exercise_bans_nothing():
    assert bans.used("eval('1'); torch.nn.RNN", []) == []


def case(text):
    return f"<testsuites><testsuite>{text}</testsuite></testsuites>"


def test_only_a_case_without_children_passed(tmp_path):
    path = tmp_path / "junit.xml"
    path.write_text(
        case(
            "<testcase/><testcase><failure/></testcase><testcase><skipped/></testcase><testcase><error/></testcase><testcase></testcase>"
        )
    )
    assert run._verdicts(path) == [True, False, False, False, True]
    path.write_text("<testsuite><testcase")
    assert run._verdicts(path) == run._verdicts(tmp_path / "absent") == []


def test_the_box_hides_what_lies_inside_a_folder_it_shows(monkeypatch, tmp_path):
    """A course unpacked below Python's own folder: its solutions are covered."""
    monkeypatch.setattr(bubblewrap, "ROOT", tmp_path / "course")
    monkeypatch.setattr(bubblewrap, "visible", lambda: [tmp_path])
    (tmp_path / "course" / "solutions").mkdir(parents=True)
    command = bubblewrap.command(["python"], tmp_path)
    assert command[command.index(str(tmp_path / "course" / "solutions")) - 1] == "--tmpfs"


def test_tiers_say_what_to_install(monkeypatch):
    monkeypatch.setattr(tiers, "available", lambda: [tiers.NONE])
    monkeypatch.setattr(tiers.shutil, "which", lambda program: None)
    assert [(ok, "bubblewrap" in fix) for _, ok, fix in tiers.describe()] == [
        (False, True),
        (False, True),
        (True, False),
    ]
    with pytest.raises(tiers.NoBox, match="--sandbox none"):
        tiers.choose("bwrap", False, own_notebook=True)


def test_an_incomplete_installation_says_how_to_mend_it(monkeypatch):
    """Jupyter finds the boxed kernels through an entry point; without it, it would only say that there is no such
    kernel."""
    monkeypatch.setattr(isolation, "entry_points", lambda **wanted: ())
    with pytest.raises(RuntimeError, match="pip install -e"), isolation.Isolation(tiers.COLD):
        pass
