"""The last cell of an exercise: grade the notebook as it is saved, in a process of its own."""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

from course_utils import language, trouble


def grade_saved_notebook(exercise):
    """Print the grade of the notebook of this exercise, stage by stage. What goes wrong is one line, no traceback."""
    notebook = _this_notebook(exercise)
    if notebook is None:
        print(
            language.say(
                f"在 {Path.cwd()} 里找不到练习 {exercise} 的 notebook；请在终端运行：rnn-course grade 文件名",
                f"no notebook of exercise {exercise} in {Path.cwd()}; in a terminal run: rnn-course grade FILE",
            )
        )
        return
    saved = datetime.datetime.fromtimestamp(notebook.stat().st_mtime).strftime("%H:%M:%S")
    print(language.say(f"批改 {notebook.name}，保存于 {saved}", f"grading {notebook.name}, saved at {saved}"))
    for name in _changed_since_saved(notebook):
        print(
            language.say(
                f"注意：{name} 运行过的内容和存盘的不同。先保存（Ctrl+S），再运行本格。",
                f"note: what you ran for {name} differs from the saved file. Save (Ctrl+S), then run this cell again.",
            )
        )
    command = [sys.executable, "-m", "course_utils.cli", "grade", "--summary", str(notebook)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=dict(os.environ, PYTHONUTF8="1", PYTHONUNBUFFERED="1"),
    ) as grader:
        for said in grader.stdout:  # printed here, as it comes: not every kernel shows what a child process writes
            print(said, end="", flush=True)


def _this_notebook(exercise):
    """The notebook of this exercise that is being worked on, whatever its name: the one this kernel was started for,
    else the one saved last. None where there is none."""
    session = Path(os.environ.get("JPY_SESSION_NAME", ""))  # set by jupyter_server for the kernels it starts
    if session.suffix == ".ipynb" and session.exists():
        return session
    found = [path for path in Path.cwd().glob("*.ipynb") if _exercise(path) == exercise]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def _exercise(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))["metadata"]["course"]["exercise"]
    except (OSError, ValueError, KeyError, TypeError):  # not a notebook, or none of the course
        return None


def _changed_since_saved(notebook):
    """The answers whose latest version in this session stands in no cell of the saved file."""
    from IPython import get_ipython

    ran = get_ipython().user_ns.get("In", []) if get_ipython() else []
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    saved = {"".join(cell["source"]).strip() for cell in cells}
    for cell in cells:
        role = cell["metadata"].get("nbgrader", {})
        if role.get("solution"):
            mine = [text.strip() for text in ran if trouble.defines(text, role["grade_id"])]
            if mine and mine[-1] not in saved:
                yield role["grade_id"]
