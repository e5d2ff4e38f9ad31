"""`rnn-course grade` as a teacher meets it: answers of every exercise, bad input, reports, batches that are stopped
and taken up again."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import distributed
import nbformat
import psutil
import pytest
from making import content, known_answers

from course_utils import cli
from course_utils.grading import batch, reference, report
from course_utils.grading.box import tiers

EXERCISES = sorted(reference.solutions("zh"))


def grade(*arguments):
    return cli.main(["grade", *map(str, arguments)])


def rows(out):
    return {row["submission"]: row for row in json.loads((out / "grades.json").read_text(encoding="utf-8"))}


def zipped(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return file.getvalue()


def put(folder, **submissions):
    for name, body in submissions.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "notebook.ipynb").write_bytes(body)
    return folder


# ------------------------------------------------------------------------------------------- wrong and right answers


def answers_folder(root, exercise, folder, limit=None):
    """Submissions made from source/answers; returns {student: tags}. With a limit: so many wrong ones, one right one."""  # noqa: E501
    tags, wrong = {}, 0
    for answer, functions in known_answers(root, exercise):
        wrong += "wrong" in answer.tags
        if limit and (
            "wrong" in answer.tags
            and wrong > limit
            or "right" in answer.tags
            and any("right" in t and "built-in" not in t for t in tags.values())
        ):
            continue
        student = f"{exercise}-{answer.name}"
        tags[student] = answer.tags
        put(folder, **{student: content(exercise, **functions)})
    return tags


def judged(out, tags):
    found = rows(out)
    for name in tags:
        row = found[name]
        passed = row["score"] == row["max_score"] > 0
        assert row["status"] == "graded"
        assert passed == ("right" in tags[name] and "built-in" not in tags[name]), (name, row["checks"])
        if "built-in" in tags[name]:
            assert any(check["status"] == "banned" for check in row["checks"])


@pytest.fixture(scope="module")
def few_answers(root, boxed, tmp_path_factory):
    """Three wrong answers and a right one of every exercise, in one batch: ({exercise: {student: tags}}, out)."""
    place = tmp_path_factory.mktemp("answers")
    tags = {exercise: answers_folder(root, exercise, place / "in", limit=3) for exercise in EXERCISES}
    assert grade(place / "in", "--out", place / "out", "--jobs", 2) == 0
    return tags, place / "out"


@pytest.mark.box
@pytest.mark.parametrize("exercise", EXERCISES)
def test_three_wrong_and_one_right(exercise, few_answers):
    tags, out = few_answers[0][exercise], few_answers[1]
    assert sum("wrong" in t for t in tags.values()) == 3 and any(
        "right" in t and "built-in" not in t for t in tags.values()
    )
    judged(out, tags)


@pytest.mark.box
@pytest.mark.full
@pytest.mark.parametrize("exercise", EXERCISES)
def test_all_answers_warm_and_cold_alike(exercise, root, boxed, tmp_path):
    tags = answers_folder(root, exercise, tmp_path / "in")
    seed = ["--seed", 31, "--jobs", 2]
    assert grade(tmp_path / "in", "--out", tmp_path / "warm", *seed) == 0
    assert grade(tmp_path / "in", "--out", tmp_path / "cold", "--cold", *seed) == 0
    judged(tmp_path / "warm", tags)

    def marks(out):
        return {name: (row["score"], row["checks"]) for name, row in rows(out).items()}

    assert marks(tmp_path / "warm") == marks(tmp_path / "cold")


@pytest.mark.box
@pytest.mark.full
@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_solution_twice_on_cold_kernels(exercise, lang, boxed, tmp_path):
    """Values that depend on a hash seed or on unseeded random numbers would differ from the reference."""
    put(tmp_path / "in", one=content(exercise, lang), two=content(exercise, lang))
    assert grade(tmp_path / "in", "--out", tmp_path / "out", "--cold") == 0
    assert all(row["score"] == row["max_score"] > 0 for row in rows(tmp_path / "out").values())


# ------------------------------------------------------------------------------------------- bad input

WRONG = "def rnn_step(x_t, h_prev, W_x, W_h, b):\n    return torch.tanh(x_t @ W_x.T + h_prev @ W_h + b)\n"


def other_exercise(notebook):
    notebook.metadata["course"]["exercise"] = "E99"


def no_exercise(notebook):
    notebook.metadata.pop("course")


def no_answers(notebook):
    notebook.cells = [c for c in notebook.cells if not c.metadata.get("nbgrader", {}).get("solution")]


def repeated(notebook):
    notebook.cells += [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "rnn_step"]


def huge(notebook):
    notebook.cells[0]["attachments"] = {"picture.png": {"image/png": "A" * (50 << 20)}}


UNREADABLE = {
    "empty": b"",
    "blank": b" \n",
    "cut short": content()[:3000],
    "not JSON": b"\x89PNG\r\n\x1a\n\x00\xff",
    "a list": b"[1, 2]",
    "no cells": b"{}",
    "wrong schema": b'{"cells": {"a": 1}, "metadata": 3}',
    "nested": b"[" * 100_000,
    "another exercise": content(change=other_exercise),
    "unnamed exercise": content(change=no_exercise),
}
ODD = {
    "空 格 的 名字": content(),
    "-rf": content(),
    "new\nline": content(),
    "=1+1": content(),
    "ünï#?&'\"": content(),
    "a" * 180: content(),
}
MIXED = {
    "no answers": content(change=no_answers),
    "repeated": content(change=repeated),
    "huge": content(change=huge),
    "odd cells": json.dumps(
        {
            "cells": [1, None, {"cell_type": "code", "source": 5, "metadata": None}, *json.loads(content())["cells"]],
            "metadata": json.loads(content())["metadata"],
        }
    ).encode(),
    "lone surrogate": content(rnn_step=WRONG + "# MARK").replace(b"MARK", b"\\ud800"),
}


@pytest.fixture(scope="module")
def bad_batch(boxed, tmp_path_factory):
    """Everything that can be wrong with a file, in one batch with honest work first and last: (rows, out)."""
    place = tmp_path_factory.mktemp("bad")
    put(
        place / "in",
        aaa=content(),
        **{name.replace(" ", "_"): body for name, body in {**UNREADABLE, **MIXED}.items()},
        zzz=content(),
    )
    put(place / "in", **ODD)
    (place / "in" / "unlinked").mkdir()
    (place / "in" / "unlinked" / "gone.ipynb").symlink_to(place / "nowhere")
    assert grade(place / "in", "--out", place / "out", "--jobs", 2, *[f"--csv={name}" for name in report.FORMATS]) == 0
    return rows(place / "out"), place / "out"


@pytest.mark.box
def test_honest_work_beside_bad_files(bad_batch):
    for name in ("aaa", "zzz", *ODD):
        assert bad_batch[0][name]["score"] == bad_batch[0][name]["max_score"] > 0


@pytest.mark.box
@pytest.mark.parametrize("name", [name.replace(" ", "_") for name in UNREADABLE])
def test_unreadable_says_so_in_one_line(name, bad_batch):
    row, (_, out) = bad_batch[0][name], bad_batch
    assert row["status"] == "unreadable" and row["score"] == 0 and row["checks"] == []
    note = batch.rows(out)[name].notes
    assert len(note) == 1 and "\n" not in note[0]
    assert bad_batch[0]["unlinked"]["status"] == "unreadable"


@pytest.mark.box
def test_what_can_be_graded_is(bad_batch):
    graded, out = bad_batch
    assert [c["status"] for c in graded["no_answers"]["checks"]] == ["missing"] * 5
    assert graded["repeated"]["score"] == graded["repeated"]["max_score"]
    assert graded["huge"]["score"] == graded["odd_cells"]["score"] == graded["aaa"]["max_score"]
    assert graded["lone_surrogate"]["status"] == "graded" and graded["lone_surrogate"]["score"] == 0
    notes = batch.rows(out)
    assert "2" in notes["repeated"].notes[0] and len(notes["no_answers"].notes) == 2


@pytest.mark.box
def test_a_page_for_everyone_and_tables_that_programs_read(bad_batch):
    graded, out = bad_batch
    assert len(list(out.glob("*.html"))) == len(graded) + 1
    for name, encoding in (
        ("grades.csv", "utf-8"),
        ("grades-excel.csv", "utf-8-sig"),
        ("grades-canvas-E01.csv", "utf-8"),
    ):
        with open(out / name, encoding=encoding, newline="") as handle:
            table = list(csv.reader(handle))
        assert len({len(line) for line in table}) == 1
        assert len(table) == len(graded) + (2 if "canvas" in name else 1)
        assert not any(value.startswith("=") for line in table for value in line)
    assert (out / "grades-excel.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["nowhere.ipynb"], "no such file"),
        ([], "name a notebook"),
        (["in", "--exercise", "E77"], "no exercise 'E77'"),
        (["in", "--jobs", "0"], "--jobs"),
        (["in", "--seed", "0"], "--seed"),
        (["in", "--out", "full"], "not empty"),
        (["in", "--out", "file/out"], "file"),
        (["--resume", "in"], "no batch to resume"),
        (["empty"], "no notebook"),
        *(
            (["--resume", "begun", *how], f"leave out {how[0]}")
            for how in (
                ["--seed", "7"],
                ["--seeds", "3"],
                ["--exercise", "E01"],
                ["--lang", "en"],
                ["--sandbox", "bwrap"],
                ["--cold"],
            )
        ),
        (["--resume", "begun", "--cold", "--seed", "7"], "leave out --seed, --cold"),
    ],
)
def test_bad_arguments_end_with_2_and_one_line(arguments, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    put(Path("in"), someone=content())
    put(Path("full"), kept=b"earlier report")
    Path("empty").mkdir()
    Path("file").touch()
    batch.start(batch.Plan([], [5], "none", "E01", "zh"), Path("begun"))
    assert grade(*arguments) == 2
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1
    assert Path("full/kept/notebook.ipynb").read_bytes() == b"earlier report"


def test_other_peoples_notebooks_are_not_run_without_a_box(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tiers, "works", lambda tier: tier == tiers.NONE)
    put(tmp_path, someone=content())
    assert grade(tmp_path, "--out", tmp_path / "out") == 2
    assert "bubblewrap" in capsys.readouterr().err
    (tmp_path / "class.zip").write_bytes(zipped({"someone/E01.ipynb": content()}))  # one learner's, but not one's own
    assert grade(tmp_path / "class.zip", "--out", tmp_path / "zip") == 2
    assert "bubblewrap" in capsys.readouterr().err and not (tmp_path / "zip").exists()
    assert (
        tiers.choose("auto", False, own_notebook=True) == tiers.choose("none", False, own_notebook=False) == tiers.NONE
    )


def test_own_notebook_without_a_box(tmp_path):
    (tmp_path / "mine.ipynb").write_bytes(content(lang="en", rnn_step=WRONG))
    assert grade(tmp_path / "mine.ipynb", "--sandbox", "none", "--out", tmp_path / "out") == 0
    row = rows(tmp_path / "out")["mine"]
    assert (row["isolation"], row["score"]) == ("none", 0)
    page = (tmp_path / "out" / "mine.html").read_text(encoding="utf-8")
    assert 'lang="en"' in page and "W_h is not transposed" in page


@pytest.mark.box
def test_the_secret_expectation_stays_secret(boxed, tmp_path):
    put(tmp_path / "in", someone=content(rnn_step=WRONG))
    assert grade(tmp_path / "in", "--out", tmp_path / "out", "--seed", 31) == 0
    (executed,) = (tmp_path / "out" / "references").rglob("reference.ipynb")
    expected = [
        line.split(": ", 1)[1]
        for cell in nbformat.read(executed, 4).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
        for line in cell.outputs[0].text.splitlines()
        if "[" in line and "0.0, 0.0" not in line and "-1.0, -1.0" not in line
    ]
    page = (tmp_path / "out" / "someone.html").read_text(encoding="utf-8") + (
        tmp_path / "out" / "grades.json"
    ).read_text(encoding="utf-8")
    assert len(expected) > 5 and not [value for value in expected if value in page]
    assert "31" in (tmp_path / "out" / "class-overview.html").read_text(encoding="utf-8")


# ------------------------------------------------------------------------------------------- batches


def mixed_quality():
    """30 submissions: {student: (notebook, score or None)}."""
    best = 10
    kinds = {
        "good": (content(), best),
        "english": (content(lang="en"), best),
        "wrong": (content(rnn_step=WRONG), 0),
        "partial": (content(rnn_step=WRONG, rnn_forward=content_forward()), best - 3),
        "hostile": (content(rnn_step="import os; os._exit(0)"), None),
        "unreadable": (b"{", 0),
    }
    counts = {"good": 10, "english": 4, "wrong": 5, "partial": 5, "hostile": 3, "unreadable": 3}
    return {f"{kind}{i:02}": kinds[kind] for kind, count in counts.items() for i in range(count)}


def content_forward():
    from test_hostile import HONEST_FORWARD

    return HONEST_FORWARD


@pytest.mark.box
def test_a_class_as_a_course_site_hands_it_out(boxed, tmp_path, capsys):
    """A zip with copies, a late one, junk, someone without a notebook and someone missing; more come later; tables
    asked for later still."""
    wrong = content(rnn_step=WRONG)
    members = {
        "Ann Lee_11_assignsubmission_file_/E01_simple_rnn.ipynb": wrong,
        "Ann Lee_11_assignsubmission_file_/E01_simple_rnn (1).ipynb": content(),
        "Ben_12_assignsubmission_file_/work.zip": zipped({"E01_simple_rnn.ipynb": content()}),
        "Cem_13_assignsubmission_file_/answer.html": b"<html></html>",
        "__MACOSX/._Ann": b"",
    }
    (tmp_path / "class.zip").write_bytes(zipped(members))
    (tmp_path / "roster.csv").write_text("name,id\nAnn Lee,1\nBen,2\nCem,3\nDot,4\nEve,5\n")
    out = tmp_path / "in" / "out"
    assert grade(tmp_path / "class.zip", "--out", out, "--roster", tmp_path / "roster.csv", "--pick", "best") == 0
    assert "__MACOSX" in capsys.readouterr().err
    found = rows(out)
    assert {name: (row["score"], row["counts"]) for name, row in found.items() if row["learner"] == "Ann Lee"} == {
        "Ann Lee": (10, True),
        "Ann Lee (E01_simple_rnn.ipynb)": (0, False),
    }
    assert found["Ben"]["score"] == 10 and "HTML" in batch.rows(out)["Cem"].notes[0]
    assert found["Dot"]["file"] == found["Eve"]["file"] == "" and not (out / "Eve.html").exists()

    (tmp_path / "in" / "dot_late_4_99_E01.ipynb").write_bytes(content())
    before = (out / "Ben.html").stat().st_mtime_ns, batch.rows(out)["Ben"]
    assert grade("--resume", out, tmp_path / "in", "--csv", "canvas", "--title", "E01=Simple RNN (4711)") == 0
    found = rows(out)
    assert found["dot"]["late"] and found["dot"]["score"] == 10 and "out" not in found
    assert "Dot" not in found and "Eve" in found and batch.rows(out)["Ben"] == before[1]
    table = (out / "grades-canvas-E01.csv").read_text(encoding="utf-8")
    assert "Simple RNN (4711)" in table and table.count("Ann Lee,11") == 1


def test_nothing_blocks_the_folder_of_a_batch_that_could_not_begin(tmp_path, monkeypatch):
    monkeypatch.setattr(tiers, "works", lambda tier: tier == tiers.NONE)
    put(tmp_path / "in", someone=content())
    assert grade(tmp_path / "in", "--out", tmp_path / "out") == 2
    assert not (tmp_path / "out").exists()


def test_a_name_in_gbk_and_one_with_an_escape(tmp_path, capsys):
    """What `unzip` makes on Linux of a Chinese zip, and what a terminal would obey."""
    for name in ("李四".encode("gbk"), b"\x1b[31mred"):
        folder = os.path.join(os.fsencode(tmp_path), b"in", name)
        os.makedirs(folder)
        with open(folder + b"/E01.ipynb", "wb") as file:
            file.write(b"{")
    assert grade(tmp_path / "in", "--sandbox", "none", "--out", tmp_path / "out") == 0
    assert set(rows(tmp_path / "out")) == {"李四", "\x1b[31mred"}
    said = capsys.readouterr()
    assert "李四" in said.out and "\x1b" not in said.out + said.err


def test_extras_are_named_where_they_are_missing(tmp_path, monkeypatch, capsys):
    """The base install has no dask.distributed."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    put(tmp_path / "in", someone=content(), other=b"{")
    assert (
        grade(tmp_path / "in", "--sandbox", "none", "--out", tmp_path / "cluster", "--scheduler", "tcp://127.0.0.1:1")
        == 2
    )
    assert "pip install -e '.[class]'" in capsys.readouterr().err


def start_batch(folder, *arguments):
    mixed = mixed_quality()
    put(folder / "in", **{name: body for name, (body, _) in mixed.items()})
    command = [
        sys.executable,
        "-m",
        "course_utils.cli",
        "grade",
        str(folder / "in"),
        "--out",
        str(folder / "out"),
        "--seed",
        "31",
        *arguments,
    ]
    return mixed, subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,
    )


def heed_interrupts():
    """A suite started in the background ignores Ctrl-C, and what it starts would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_rows(out, count, process):
    end = time.monotonic() + 240
    while time.monotonic() < end and process.poll() is None:
        if (out / batch.JOURNAL).exists() and (out / batch.JOURNAL).read_text(encoding="utf-8").count("\n") > count:
            return
        time.sleep(0.05)
    pytest.fail(f"no {count} rows; exit code {process.poll()}, {process.stderr.read()}")


def is_server(process):
    try:
        return "course_utils.grading.box.server" in process.cmdline()
    except psutil.NoSuchProcess:  # it has just ended
        return False


def all_there(mixed, out):
    found = rows(out)
    assert list(found) == sorted(mixed)
    assert len(json.loads((out / "grades.json").read_text(encoding="utf-8"))) == 30
    for name, (_, score) in mixed.items():
        assert score is None or found[name]["score"] == score, (name, found[name])


@pytest.mark.box
def test_interrupted_and_resumed_with_a_server_killed(boxed, tmp_path):
    """Ctrl-C keeps complete rows; --resume grades the rest, although the process that forks kernels is killed on the
    way."""
    mixed, process = start_batch(tmp_path, "--jobs", "2")
    wait_for_rows(tmp_path / "out", 4, process)
    os.kill(process.pid, signal.SIGINT)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == 130 and "--resume" in errors and "/30" in errors and "left" in errors
    before = rows(tmp_path / "out")
    assert 4 <= len(before) < 30 and all(row["status"] for row in before.values())

    command = [sys.executable, "-m", "course_utils.cli", "grade", "--resume", str(tmp_path / "out"), "--jobs", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_for_rows(tmp_path / "out", len(before) + 3, process)
    servers = [p for p in psutil.Process(process.pid).children(recursive=True) if is_server(p)]
    assert len(servers) >= 2
    for server in servers:  # those that fork nbval and those that fork kernels
        try:
            server.kill()
        except psutil.NoSuchProcess:
            pass  # its parent, the box, is gone already
    assert process.wait(400) == 0, process.stderr.read()
    all_there(mixed, tmp_path / "out")
    after = rows(tmp_path / "out")
    assert {name: after[name] for name in before} == before


@pytest.mark.box
def test_cluster_with_a_worker_killed(boxed, tmp_path):
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        mixed, process = start_batch(tmp_path, "--scheduler", cluster.scheduler_address)
        wait_for_rows(tmp_path / "out", 4, process)
        os.kill(cluster.workers[0].pid, signal.SIGKILL)
        assert process.wait(400) == 0, process.stderr.read()
    all_there(mixed, tmp_path / "out")
