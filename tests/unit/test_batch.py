"""Batches and their reports, without a kernel: plans, the journal, what breaks one page and not the others."""

import json
import re
import threading
import tracemalloc

import nbformat
import pytest
from test_intake import tree

from course_utils.authoring import answers, source
from course_utils.files import ROOT
from course_utils.grading import batch, intake, report, similar, tables
from course_utils.grading.box import leftovers
from course_utils.grading.intake import Submission
from course_utils.grading.row import Check, Line, Row


def planned(*students, **more):
    plan = batch.Plan([], [7], "none", **more)
    batch.add(plan, [s if isinstance(s, Submission) else Submission(f"/{n}", s) for n, s in enumerate(students)])
    return plan


def row(name, score=1, answers="", why=(), status="passed", message="", exercise="E01"):
    check = Check("check-f", 1, score, status, message, why=list(why))
    return Row(name, exercise, "graded", "none", 0.1, "en", [check], answers={"f": answers})


# ------------------------------------------------------------------------------------------- ids


def test_ids_are_unique_and_fit_for_file_names():
    names = ["张三", "张三", "a/b", "a:b", "../x", "-rf", "class-overview", "x" * 300, "", "CON\n", "\udcff"]
    names += ["x" * 120 + "a", "x" * 120 + "b", "王" * 90, "王" * 91, "x" * 117 + "-2"]  # alike as far as a name goes
    ids = [each.id for each in planned(*names).submissions]
    files = [report.file_name(id) for id in ids]
    assert len(set(ids)) == len({name.casefold() for name in files}) == len(names)
    assert all(
        name and not name.startswith(("-", ".")) and "/" not in name and "\n" not in name and len(name.encode()) <= 122
        for name in files
    )
    assert "class-overview" not in files and files[0] == "张三"


@pytest.mark.parametrize("name", ["CON", "aux", "nul.x", "com1", "Lpt9.y.z", "con .x", "class-overview"])
def test_no_file_gets_a_name_that_stands_for_something_else(name):
    """Windows looks at what stands before the first dot."""
    before_the_dot = name.split(".")[0].strip()
    assert report.file_name(name).split(".")[0].strip() != before_the_dot
    assert f"x{report.file_name(f'x{name}')}" == f"xx{name}"  # any other name stays as it is


def test_a_name_in_two_forms_of_unicode_is_one_file():
    composed, apart = "Zo\xeb", "Zoe\u0308"
    assert composed != apart and report.file_name(composed) == report.file_name(apart)
    assert len({report.file_name(each.id) for each in planned(composed, apart).submissions}) == 2


def test_an_id_tells_a_second_file_from_a_namesake():
    plan = planned(
        Submission("/1", "Ann", "11", file="a/E01.ipynb"),
        Submission("/2", "Ann", "11", file="a/E01 (1).ipynb"),
        Submission("/3", "Ann", "12", file="b/E01.ipynb"),
    )
    assert [each.id for each in plan.submissions] == ["Ann", "Ann (E01 (1).ipynb)", "Ann (12)"]


def test_only_what_is_new_is_added():
    plan = planned(Submission("/1", "Ann", time="1"), Submission("/2", "Ben", time="1"))
    batch.add(plan, [Submission("/1", "Ann", time="1"), Submission("/2", "Ben", time="2"), Submission("/3", "Cem")])
    assert [each.student for each in plan.submissions] == ["Ann", "Ben", "Ben", "Cem"]


# ------------------------------------------------------------------------------------------- the journal


def begun(tmp_path, *students, **more):
    plan = planned(*students, **more)
    batch.start(plan, tmp_path)
    return plan


def test_a_plan_survives_the_journal(tmp_path):
    odd = Submission("/\udcff", "李四", "7", inside=("a.zip", "b"), problem=("空", "empty"), late=True)
    plan = begun(tmp_path, odd, csv=["canvas"], titles={"E01": "x"}, roster=[["name"], ["Ann"]])
    assert batch.resume(tmp_path) == plan
    plan.pick = "best"
    batch.keep(plan, tmp_path)
    assert batch.resume(tmp_path) == plan


def test_a_journal_cut_short_loses_only_its_last_line(tmp_path):
    plan = begun(tmp_path, "ann", "ben", "cem")
    with open(tmp_path / batch.JOURNAL, "a") as journal:
        journal.write(batch._line("row", row("ann")) + batch._line("row", row("ben"))[:40])
    assert list(batch.rows(tmp_path)) == ["ann"]
    batch.keep(plan, tmp_path)  # what is written after it is not lost with it
    assert list(batch.rows(tmp_path)) == ["ann"] and batch.resume(tmp_path) == plan


def test_a_surrogate_in_an_error_is_written(tmp_path):
    plan = begun(tmp_path, "ann")
    with batch._appended(tmp_path) as journal:
        journal.write(batch._line("row", row("ann", 0, message="ValueError: \ud800", status="failed")))
    report.write(tmp_path, plan, list(batch.rows(tmp_path).values()))
    assert "ValueError" in (tmp_path / "ann.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "grades.json").read_text(encoding="utf-8"))[0]["score"] == 0


def test_a_second_grader_waits_its_turn(tmp_path):
    begun(tmp_path, "ann")
    waiting, done = threading.Event(), []

    def second():
        with batch.alone_in(tmp_path, waiting.set):
            done.append("second")

    with batch.alone_in(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(30) and done == []
        done.append("first")
    thread.join(30)
    assert done == ["first", "second"]


def test_nothing_is_left_of_a_batch_that_did_not_begin(tmp_path):
    with pytest.raises(ValueError), batch.alone_in(tmp_path / "out"):
        raise ValueError
    assert not (tmp_path / "out").exists()


def test_earlier_reports_are_nobodys_submission(tmp_path):
    tree(tmp_path, "in/ann/E01.ipynb", "in/grades/assembled/ann.ipynb")
    batch.start(planned("ann"), tmp_path / "new")
    (tmp_path / "new" / batch.JOURNAL).rename(tmp_path / "in/grades" / batch.JOURNAL)
    found, left_out = intake.find([tmp_path / "in"], skip=batch.is_report_folder)
    assert [each.student for each in found] == ["ann"] and left_out == ["grades"]


def test_leftovers_of_a_grader_that_is_gone_are_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(leftovers, "place", lambda: tmp_path)
    mine = leftovers.folder()
    for name in ("rnn-999999999-5f5e100-abc", "rnn-1-1-reused", "rnn-course", "other"):
        (tmp_path / name).mkdir()
    leftovers.sweep()
    assert {path.name for path in tmp_path.iterdir()} == {mine.name, "rnn-course", "other"}


# ------------------------------------------------------------------------------------------- reading


def test_one_submission_is_in_memory_at_a_time_and_its_bytes_are_not_kept(tmp_path):
    body = json.dumps({"cells": [], "x": "a" * (4 << 20)})
    for name in "abcdefgh":
        (tmp_path / f"{name}.ipynb").write_text(body)
    found, _ = intake.find([tmp_path])
    tracemalloc.start()
    tasks = batch.read(found, planned())
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(tasks) == 8 and all(task.notebook for task in tasks)
    assert kept < 1 << 20 and peak < 4 * len(body)


def test_an_unreadable_file_is_told_in_the_language_of_the_batch(tmp_path):
    notebook = {"cells": [], "metadata": {"course": {"exercise": "E01", "language": "en"}}}
    tree(tmp_path, "in/bad/x.ipynb", "in/empty/")
    (tmp_path / "in/good.ipynb").write_text(json.dumps(notebook))
    found, _ = intake.find([tmp_path / "in"])
    tasks = {task.id or each.student: task for each, task in zip(found, batch.read(found, planned()))}
    assert {tasks[name].lang for name in ("bad", "empty")} == {"en"}
    assert "empty" in tasks["empty"].problem["en"]


# ------------------------------------------------------------------------------------------- pages


def written(tmp_path, rows, **more):
    plan = planned(*[r.submission for r in rows], **more)
    said = report.write(tmp_path, plan, rows)
    return (tmp_path / "class-overview.html").read_text(encoding="utf-8"), said


def test_overview_puts_the_hardest_first_and_counts_misconceptions(tmp_path):
    rows = [
        row("ann"),
        row("ben", 0, why=["forgot the bias"], status="failed"),
        row("cem", 0, why=["forgot the bias"], status="failed"),
    ]
    rows[0].checks.append(Check("check-g", 1, 1, "passed"))
    assert [q[1] for q in report.questions(rows)] == ["check-f", "check-g"]
    page, _ = written(tmp_path, rows)
    assert "2 × forgot the bias" in page and "1 / 3" in page


def test_the_overview_counts_learners_and_not_their_files(tmp_path):
    rows = [row(name, 0, why=["forgot the bias"], status="failed") for name in ("first", "second", "third")]
    files = [Submission("p", "ann", "", each.submission, file=each.submission) for each in rows]
    report.write(tmp_path, batch.Plan(files, [7], "none"), rows)
    page = (tmp_path / "class-overview.html").read_text(encoding="utf-8")
    assert "1 × forgot the bias" in page and "0 / 1" in page and "0 / 3" not in page


def test_pages_escape_what_learners_write(tmp_path):
    evil = row("<script>alert(1)</script>", 0, why=["<img src=x>"], status="failed", message="</p><script>")
    overview, _ = written(tmp_path, [evil])
    for page in (report.learner_page(evil), overview):
        shown = page.replace("https://", "http").split("</head>")[1]
        assert "<script>" not in page and "<img" not in page and "http" not in shown


def test_a_learner_whose_page_breaks_harms_nobody(tmp_path, monkeypatch, capsys):
    """Whatever the reason: here a value that cannot be shown."""

    class Broken(Line):
        @property
        def label(self):
            raise RecursionError

        label = label.setter(lambda self, value: None)

    rows = [row("ann"), row("ben")]
    rows[0].checks[0].lines = [Broken("x", "1", "2", False)]
    page, _ = written(tmp_path, rows)
    assert "ann" in page and "1 / 1" in (tmp_path / "ben.html").read_text(encoding="utf-8")
    assert (
        "1 / 1" in (tmp_path / "ann.html").read_text(encoding="utf-8") and "RecursionError" in capsys.readouterr().err
    )


def test_the_overview_appears_whatever_the_answers_are(tmp_path):
    deep = "def f(x):\n    return " + " + ".join(f"x ** {i} * x" for i in range(3000))
    hostile = ["def f(" + "(" * 5000, "a?\n" * 5000, "x = '" + "\\" * 5000, deep]
    page, _ = written(tmp_path, [row(f"learner {i}", answers=answer) for i, answer in enumerate(hostile)])
    assert "learner 3" in page and "7" in page


def test_the_overview_appears_without_the_comparison(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(similar, "groups", lambda *_: 1 / 0)
    page, _ = written(tmp_path, [row("ann")])
    assert "ann" in page and "This comparison failed" in page


def test_tables_for_course_sites_one_for_each_exercise(tmp_path):
    rows = [row("ann"), row("ben", exercise="E02")]
    written(tmp_path, rows, csv=["canvas", "excel", "moodle"])
    assert {path.name for path in tmp_path.glob("grades-*.csv")} == {
        "grades-excel.csv",
        *(f"grades-{site}-{exercise}.csv" for site in ("canvas", "moodle") for exercise in ("E01", "E02")),
    }
    assert (tmp_path / "grades-excel.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_missing_are_in_the_overview(tmp_path):
    page, _ = written(tmp_path, [row("ann")], roster=[["name"], ["ann"], ["eve"]])
    found = json.loads((tmp_path / "grades.json").read_text(encoding="utf-8"))
    assert "eve" in page and "nothing handed in" in page and [each["submission"] for each in found] == ["ann", "eve"]
    assert not (tmp_path / "eve.html").exists()


# ------------------------------------------------------------------------------------------- too much alike

CODE = """def f(x):
    # first I add everything up, then I look for the one that lies nearest to the mean of them all
    total = 0
    for item in x:
        total = total + item * item
    mean = total / len(x)
    spread = [abs(item - mean) for item in x]
    return sorted(spread)[0]
"""


def alike(rows):
    submissions = planned(*[r.submission for r in rows]).submissions
    return [group.names for group in similar.groups(tables.works(submissions, rows, "newest"), "en")]


def test_answers_that_share_long_passages_are_a_group_whatever_their_layout():
    other = "def f(x):\n    return min(abs(i - sum(j ** 2 for j in x) / len(x)) for i in x)\n" + "# padding\n" * 30
    rows = [
        row("ann", answers=CODE),
        row("ben", answers="# mine\n" + CODE.replace(" + ", "  +  ").replace("\n", "\n\n")),
        row("cem", answers=other),
        row("dot", score=0, answers=CODE),
        row("eve", answers={"f": [CODE]}["f"][0] + "\n# done"),
    ]
    assert alike(rows) == [("ann", "ben", "eve")]


def test_short_answers_may_agree():
    assert alike([row(name, answers="def f(x): return x") for name in ("ann", "ben")]) == []


def test_what_many_have_says_nothing():
    """A class of 300 in which every right answer is one of a few: that is what independent work looks like."""
    assert alike([row(f"learner {i}", answers=CODE.replace("total", "xyzuvw"[i % 3])) for i in range(300)]) == []


@pytest.mark.parametrize("exercise", ["E01", "E02", "E03", "E04", "E05", "E06", "E09", "E10"])
def test_known_right_answers_which_are_independent_are_not_alike(exercise):
    (path,) = (ROOT / "source" / "exercises").glob(f"{exercise}_*.py")
    right = [answer for answer in answers.load(source.read(path)) if "right" in answer.tags]
    assert alike([row(answer.name, answers=answer.code, exercise=exercise) for answer in right]) == []


def test_the_notes_have_a_cap():
    def own_words(pair):
        return "".join(f"v{pair}_{word} " if word.isidentifier() else word for word in re.split(r"(\W+)", CODE))

    rows = [row(f"{pair} {n}", answers=own_words(pair)) for pair in range(100) for n in (1, 2)]
    found = alike(rows)
    assert 0 < len(found) <= similar.GROUPS and all(len(names) <= similar.NAMES for names in found)


def test_the_solution_handed_in_by_two_is_no_news_of_the_two():
    """What they share is the solution's, and it is named beside them: nobody is said to have copied from the other."""
    notebook = nbformat.read(ROOT / "solutions/en/E01_simple_rnn.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    sources = {cell.metadata.nbgrader.grade_id: cell.source for cell in cells}
    rows = [row(name) for name in ("ann", "ben")]
    for each in rows:
        each.answers = sources
    assert alike(rows) == [("ann", "ben", "the published solution")]
