"""The learner's copies: added, never overwritten, trusted, and opened on the first chapter of the chosen language."""

import errno
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from course_utils import lab, language


def notebook(text):
    cell = nbformat.v4.new_code_cell(
        "1",
        id="one",
        execution_count=1,
        outputs=[nbformat.v4.new_output("execute_result", {"text/html": text}, execution_count=1)],
    )
    return nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two chapters and one exercise, in both languages. JupyterLab is not started: `opened` is what it
    would open."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    for lang in ("zh", "en"):
        for name in ("notebooks/{}/02_second.ipynb", "notebooks/{}/01_first.ipynb", "exercises/{}/E01_one.ipynb"):
            write(tmp_path / name.format(lang), notebook(lang))
        write(tmp_path / f"exercises/{lang}/.E01_one.expected.json", "{}")
    monkeypatch.setattr(lab, "launch", lambda work, chapter: opened.append(chapter.as_posix()))
    opened.clear()
    yield tmp_path
    language.use("中文")


opened = []


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_everything_is_copied_and_the_first_chapter_opens(course, lang):
    assert lab.open_lab(course, lang) == 0
    copies, originals = files(course / "work"), files(course)
    copies.pop(lab.RECORD)
    chapters = {name for name in originals if name.startswith("notebooks/")}
    exercises = {name: data for name, data in originals.items() if name.startswith("exercises/")}
    stored = {name.replace("notebooks/", "stored/"): originals[name] for name in chapters}
    assert {name: data for name, data in copies.items() if name not in chapters} == exercises | stored
    assert chapters <= set(copies)
    assert opened == [f"notebooks/{lang}/01_first.ipynb"]


def test_copies_are_trusted_and_others_are_not(course):
    lab.open_lab(course, "zh")
    trusted = NotebookNotary().check_signature
    assert trusted(nbformat.read(course / "work/notebooks/en/02_second.ipynb", as_version=4))
    assert not trusted(nbformat.reads(notebook("<script>elsewhere</script>"), as_version=4))


def test_a_chapter_s_results_are_the_learner_s_to_find_and_one_click_away(course):
    nb = nbformat.reads(notebook("<div><iframe srcdoc='alive'></iframe></div>"), as_version=4)
    nb.cells.insert(0, nbformat.v4.new_markdown_cell("# Title", id="title"))
    nb.cells.append(nbformat.v4.new_code_cell("2", id="two", execution_count=2))
    nb.cells[-1].outputs = [nbformat.v4.new_output("stream", text="CLAIM Q1 True\n")]
    write(course / "notebooks/en/01_first.ipynb", nbformat.writes(nb))
    lab.open_lab(course, "en")
    copy = nbformat.read(course / "work/notebooks/en/01_first.ipynb", as_version=4)
    nbformat.validate(copy)
    assert [cell.id for cell in copy.cells] == ["title", "stored-results", "one", "two"]
    alive, found = copy.cells[2:]
    assert "alive" in alive.outputs[0].data["text/html"] and alive.execution_count is None
    assert found.outputs == [] and found.execution_count is None
    link = copy.cells[1].source.split("(")[1].rstrip(")")
    stored = (course / "work/notebooks/en" / link).resolve()
    assert stored.read_bytes() == (course / "notebooks/en/01_first.ipynb").read_bytes()
    assert not stored.stat().st_mode & 0o222
    assert NotebookNotary().check_signature(copy)
    assert NotebookNotary().check_signature(nbformat.read(stored, as_version=4))


def test_what_the_learner_did_not_change_follows_the_original_and_the_rest_does_not(course, capsys):
    lab.open_lab(course, "zh")
    mine, untouched = course / "work/exercises/zh/E01_one.ipynb", course / "work/notebooks/zh/01_first.ipynb"
    write(mine, "my answer")
    newer = notebook("new").replace('"one"', '"newer"')
    write(course / "notebooks/zh/01_first.ipynb", newer)
    write(course / "exercises/zh/E01_one.ipynb", newer)
    capsys.readouterr()
    lab.open_lab(course, "zh")
    assert mine.read_text() == "my answer" and "newer" in untouched.read_text()
    assert (course / "work/stored/zh/01_first.ipynb").read_text() == newer
    out = capsys.readouterr().out
    assert "没改过的 1 份" in out and "exercises/zh/E01_one.ipynb" in out and "01_first" not in out
    lab.open_lab(course, "zh")
    assert "没改过的" not in capsys.readouterr().out


def test_stored_results_follow_where_a_read_only_file_is_not_replaced(course, monkeypatch):
    """As on Windows."""
    replace = os.replace

    def as_on_windows(source, target):
        if os.path.exists(target) and not os.stat(target).st_mode & 0o200:
            raise PermissionError(errno.EACCES, "Access is denied", os.fspath(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", as_on_windows)
    assert lab.open_lab(course, "zh") == 0
    write(course / "notebooks/zh/01_first.ipynb", notebook("new"))
    stored = course / "work/stored/zh/01_first.ipynb"
    assert lab.open_lab(course, "zh") == 0
    assert stored.read_text() == notebook("new") and not stored.stat().st_mode & 0o222


def test_a_second_time_nothing_changes(course, capsys):
    lab.open_lab(course, "zh")
    first = files(course / "work")
    capsys.readouterr()
    assert lab.open_lab(course, "zh") == 0
    assert files(course / "work") == first and capsys.readouterr().out == ""


def test_the_learners_work_is_kept_and_named(course, capsys):
    lab.open_lab(course, "zh")
    mine = course / "work/exercises/zh/E01_one.ipynb"
    write(mine, "my answer")
    assert lab.open_lab(course, "zh") == 0
    out = capsys.readouterr().out
    assert mine.read_text() == "my answer" and "exercises/zh/E01_one.ipynb" in out and "改名" not in out


def test_a_newer_original_is_announced_and_given_once_the_old_copy_is_renamed(course, capsys):
    lab.open_lab(course, "zh")
    mine, lines = course / "work/exercises/zh/E01_one.ipynb", course / "work/exercises/zh/.E01_one.expected.json"
    write(mine, "my answer")
    write(course / "exercises/zh/E01_one.ipynb", notebook("new"))
    write(course / "exercises/zh/.E01_one.expected.json", '{"new": 1}')
    capsys.readouterr()
    lab.open_lab(course, "zh")
    assert "改名" in capsys.readouterr().out
    assert mine.read_text() == "my answer" and lines.read_text() == "{}"  # old notebook, old lines

    mine.rename(mine.with_name("mine.ipynb"))
    lab.open_lab(course, "zh")
    assert mine.read_text() == notebook("new") and lines.read_text() == '{"new": 1}'
    assert mine.with_name("mine.ipynb").read_text() == "my answer"


def test_a_new_chapter_is_added_beside_old_work(course):
    lab.open_lab(course, "zh")
    write(course / "work/notebooks/zh/01_first.ipynb", "my notes")
    write(course / "notebooks/zh/03_third.ipynb", notebook("three"))
    lab.open_lab(course, "zh")
    assert (course / "work/notebooks/zh/03_third.ipynb").exists() and (
        course / "work/notebooks/zh/01_first.ipynb"
    ).read_text() == "my notes"


def test_a_missing_expected_file_is_added_again(course):
    lab.open_lab(course, "zh")
    (course / "work/exercises/zh/.E01_one.expected.json").unlink()
    write(course / "work/exercises/zh/E01_one.ipynb", "my answer")
    lab.open_lab(course, "zh")
    assert (course / "work/exercises/zh/.E01_one.expected.json").exists()


@pytest.mark.parametrize("record", ["", "{", "[1]"])
def test_a_broken_record_loses_nothing(course, record):
    lab.open_lab(course, "zh")
    write(course / "work/exercises/zh/E01_one.ipynb", "my answer")
    write(course / "work" / lab.RECORD, record)
    assert lab.open_lab(course, "zh") == 0
    assert (course / "work/exercises/zh/E01_one.ipynb").read_text() == "my answer"
    assert json.loads((course / "work" / lab.RECORD).read_text()) == {}


def refused(course, capsys):
    assert lab.open_lab(course, "zh") == 1 and opened == []
    error = capsys.readouterr().err.strip()
    assert error.startswith("error: ") and "\n" not in error
    return error


def test_a_course_without_notebooks_says_how_to_make_them(tmp_path, capsys):
    opened.clear()
    assert "rnn-course build" in refused(tmp_path, capsys) and not (tmp_path / "work").exists()


def test_a_language_without_chapters_says_how_to_make_them(course, capsys):
    for path in (course / "notebooks/zh").iterdir():
        path.unlink()
    assert "rnn-course build" in refused(course, capsys)


def test_work_that_is_a_file_stays_one(course, capsys):
    write(course / "work", "something of mine")
    assert str(course / "work") in refused(course, capsys)
    assert (course / "work").read_text() == "something of mine"


def test_a_folder_that_cannot_be_written_is_one_clear_line(course, capsys, monkeypatch):
    def denied(path, mode):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(lab.files, "open", denied, raising=False)
    assert "Permission denied" in refused(course, capsys)


def test_an_unreadable_original_is_named(course, capsys):
    write(course / "notebooks/zh/01_first.ipynb", "{")
    assert "01_first.ipynb" in refused(course, capsys)


def test_a_copy_cut_short_does_not_count_as_work(course, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("os.replace", interrupted)
        lab.open_lab(course, "zh")
    assert list((course / "work").rglob("*.ipynb")) == []
    assert lab.open_lab(course, "zh") == 0
    nbformat.validate(nbformat.read(course / "work/notebooks/zh/01_first.ipynb", as_version=4))


def test_the_start_page_is_what_opens_always_the_present_one_and_trusted(course):
    for lang in ("zh", "en"):
        write(course / f"start/{lang}.ipynb", notebook(f"map in {lang}"))
    assert lab.open_lab(course, "en") == 0 and opened == ["start/en.ipynb"]
    write(course / "start/en.ipynb", notebook("another map"))
    assert lab.open_lab(course, "en") == 0
    copy = course / "work/start/en.ipynb"
    assert copy.read_text() == notebook("another map")
    assert NotebookNotary().check_signature(nbformat.read(copy, as_version=4))


@pytest.mark.parametrize("lang, locale", [("zh", "zh_CN"), ("en", None)])
def test_the_menus_speak_the_language_of_the_course(course, lang, locale):
    lab.open_lab(course, lang)
    arguments = lab.lab_arguments(course / "work", Path("start/zh.ipynb"))
    settings = Path(next(a for a in arguments if "app_settings_dir" in a).split("=")[1])
    overrides = settings / "overrides.json"
    said = json.loads(overrides.read_text()) if overrides.exists() else {}
    assert said.get("@jupyterlab/translation-extension:plugin", {}).get("locale") == locale


def test_jupyterlab_is_told_where_and_without_news(course):
    arguments = lab.lab_arguments(course / "work", Path("notebooks/zh/01_first.ipynb"))
    assert (
        f"--ServerApp.root_dir={course / 'work'}" in arguments
        and "--LabApp.default_url=/lab/tree/notebooks/zh/01_first.ipynb" in arguments
    )
    settings = Path(next(a for a in arguments if "app_settings_dir" in a).split("=")[1])
    assert (
        json.loads((settings / "page_config.json").read_text())["disabledExtensions"][
            "@jupyterlab/apputils-extension:announcements"
        ]
        is True
    )


@pytest.mark.parametrize("lang, words, other", [("zh", "已复制", "copied"), ("en", "notebooks copied", "复制")])
def test_what_is_printed_is_in_the_language_asked_for(course, capsys, lang, words, other):
    lab.open_lab(course, lang)
    out = capsys.readouterr().out
    assert words in out and other not in out


def test_a_port_that_is_taken_is_named_and_the_one_used_instead(course, tmp_path):
    start = "import sys; from course_utils import lab; lab.open_lab(*sys.argv[1:])"
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        jupyter = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
        server = subprocess.Popen(
            [sys.executable, "-c", start, str(course), "en"],
            env=os.environ | jupyter | {"JUPYTER_PORT": str(taken), "BROWSER": "true"},
            cwd=course,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            said = ""
            for line in server.stdout:
                said += line
                if found := re.search(r"http://127\.0\.0\.1:(\d+)/\S+token=", line):
                    break
            else:
                pytest.fail(said)
        finally:
            server.terminate()
            server.communicate(timeout=30)
    used = int(found[1])
    assert used != taken
    (message,) = (line for line in said.splitlines() if "is taken" in line)
    assert re.findall(r"\d+", message)[:2] == [str(taken), str(used)] and "JUPYTER_PORT=" in message
