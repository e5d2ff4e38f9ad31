"""The parts of grading that need no kernel."""

import json
from pathlib import Path

import pytest

from course_utils.grading import batch, intake, report, similar
from course_utils.grading.box import bubblewrap, isolation, tiers
from course_utils.grading.row import Check, Row


@pytest.mark.parametrize(
    "name, student, number",
    [
        ("in/张三/E01_simple_rnn.ipynb", "张三", ""),
        ("in/alice/week 1/anything.ipynb", "alice", ""),
        ("in/bob.ipynb", "bob", ""),
        ("in/Ann Lee_1234567_assignsubmission_file_/E01.ipynb", "Ann Lee", "1234567"),
        ("in/Ann_Lee_1234567_assignsubmission_file_E01.ipynb", "Ann_Lee", "1234567"),
        ("in/leeann_20456_881234_E01_simple_rnn-1.ipynb", "leeann", "20456"),
        ("in/leeann_LATE_20456_881234_E01.ipynb", "leeann", "20456"),
        ("in/-rf.ipynb", "-rf", ""),
        ("in/new\nline/x.ipynb", "new\nline", ""),
    ],
)
def test_whose_submission(name, student, number, tmp_path):
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.touch()
    assert [(s.student, s.number) for s in intake.find([tmp_path / "in"])] == [(student, number)]


def test_one_file_is_named_by_its_folder_only_when_it_has_the_exercises_name(tmp_path):
    for name in ("alice/E01_simple_rnn.ipynb", "inbox/bob.ipynb"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    found = intake.find([tmp_path / "alice/E01_simple_rnn.ipynb", tmp_path / "inbox/bob.ipynb"])
    assert [s.student for s in found] == ["alice", "bob"]


def test_checkpoints_are_not_submissions(tmp_path):
    (tmp_path / "a" / ".ipynb_checkpoints").mkdir(parents=True)
    (tmp_path / "a" / ".ipynb_checkpoints" / "x.ipynb").touch()
    with pytest.raises(FileNotFoundError, match="no notebook"):
        intake.find([tmp_path])


def test_ids_are_unique_and_fit_for_file_names():
    names = ["张三", "张三", "a/b", "a:b", "../x", "-rf", "class-overview", "x" * 300, "", "CON\n"]
    plan = batch.plan([intake.Submission(Path("p"), name) for name in names], seeds=[1], tier="none")
    files = [report.file_name(entry[0]) for entry in plan.submissions]
    assert len({name.casefold() for name in files}) == len(names)
    assert all(
        name and not name.startswith(("-", ".")) and "/" not in name and "\n" not in name and len(name.encode()) <= 122
        for name in files
    )
    assert "class-overview" not in files and files[0] == "张三"


def row(name, score=1, answers="", why=(), status="passed"):
    check = Check("check-f", 1, score, status, why=list(why))
    return Row(name, "E00", "graded", "none", 0.1, "en", [check], answers={"f": answers})


CODE = "def f(x):\n    '''doc'''\n    total = 0\n    for item in x:\n        total = total + item * item\n    mean = total / len(x)\n    spread = [abs(item - mean) for item in x]\n    return sorted(spread)[0]\n"  # noqa: E501


def test_similar_answers_are_noted_whatever_their_layout():
    other = "def f(x):\n    return min(abs(i - sum(j ** 2 for j in x) / len(x)) for i in x)\n" + "# padding\n" * 30
    rows = [
        row("ann", answers=CODE),
        row("ben", answers="# mine\n" + CODE.replace("    '''doc'''\n", "").replace(" + ", "  +  ")),
        row("cem", answers=other),
        row("dot", score=0, answers=CODE),
    ]
    assert [pair[:2] for pair in similar.notes(rows, "en")] == [("ann", "ben")]


def test_short_answers_may_agree():
    assert (
        similar.notes([row("ann", answers="def f(x): return x"), row("ben", answers="def f(x): return x")], "en") == []
    )


def test_overview_puts_the_hardest_first_and_counts_misconceptions():
    rows = [
        row("ann"),
        row("ben", 0, why=["forgot the bias"], status="failed"),
        row("cem", 0, why=["forgot the bias"], status="failed"),
    ]
    rows[0].checks.append(Check("check-g", 1, 1, "passed"))
    assert [q[1] for q in report.questions(rows)] == ["check-f", "check-g"]
    page = report.overview_page(
        batch.Plan([["ann", "p", ""]], [7], "none"), rows, {r.submission: "x.html" for r in rows}
    )
    assert "2 × forgot the bias" in page and "1 / 3" in page


def test_pages_escape_what_learners_write():
    evil = row("<script>alert(1)</script>", 0, why=["<img src=x>"], status="failed")
    evil.checks[0].message = "</p><script>"
    for page in (
        report.learner_page(evil),
        report.overview_page(batch.Plan([["x", "p", ""]], [7], "none"), [evil], {evil.submission: "x.html"}),
    ):
        assert (
            "<script>" not in page
            and "<img" not in page
            and "http" not in page.replace("https://", "http").split("</head>")[1]
        )


def test_spreadsheets_get_no_formulas():
    assert [report._harmless(v) for v in ("=1+1", "@x", "-rf", "-3", "+1", 5, "a=b")] == [
        "'=1+1",
        "'@x",
        "'-rf",
        "-3",
        "'+1",
        5,
        "a=b",
    ]


def test_a_journal_cut_short_loses_only_its_last_line(tmp_path):
    (tmp_path / batch.JOURNAL).write_text(
        json.dumps(row("ann").to_json()) + "\n" + json.dumps(row("ben").to_json())[:40], encoding="utf-8"
    )
    assert list(batch.rows(tmp_path)) == ["ann"]


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
        (False, False),  # no box, no filter
    ]
    with pytest.raises(tiers.NoBox, match="--sandbox none"):
        tiers.choose("bwrap", False, own_notebook=True)


def test_an_incomplete_installation_says_how_to_mend_it(monkeypatch):
    """Jupyter finds the boxed kernels through an entry point; without it, it would only say that there is no such
    kernel."""
    monkeypatch.setattr(isolation, "entry_points", lambda **wanted: ())
    with pytest.raises(RuntimeError, match="pip install -e"), isolation.Isolation(tiers.COLD):
        pass
