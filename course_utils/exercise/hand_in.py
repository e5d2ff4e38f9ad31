"""The last cell of an exercise: grade the notebook as it is saved, in a process of its own."""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

from course_utils import language


def grade_saved_notebook(name):
    notebook = _this_notebook(name)
    saved = datetime.datetime.fromtimestamp(notebook.stat().st_mtime)
    print(
        language.say("批改的是磁盘上的版本，保存于 ", "grading the file on disk, saved at ")
        + saved.strftime("%H:%M:%S")
    )
    for name in _changed_since_saved(notebook):
        print(
            language.say(
                f"注意：{name} 运行过的内容和存盘的不同。先保存（Ctrl+S），再运行本格。",
                f"note: what you ran for {name} differs from the saved file. Save (Ctrl+S), then run this cell again.",
            )
        )
    ran = subprocess.run(
        [sys.executable, "-m", "course_utils.cli", "grade", "--summary", str(notebook)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=dict(os.environ, PYTHONUTF8="1"),
    )
    print(ran.stdout, end="")  # printed here: not every kernel shows what a child process writes


def _this_notebook(name):
    session = os.environ.get("JPY_SESSION_NAME", "")  # set by jupyter_server for the kernels it starts
    if session.endswith(".ipynb") and Path(session).exists():
        return Path(session)
    found = sorted(Path.cwd().glob(f"{name}_*.ipynb"))
    if len(found) != 1:
        raise FileNotFoundError(
            language.say(
                f"在 {Path.cwd()} 里找不到唯一的 {name}_*.ipynb；请在终端运行：rnn-course grade 文件名",
                f"no single {name}_*.ipynb in {Path.cwd()}; in a terminal run: rnn-course grade FILE",
            )
        )
    return found[0]


def _changed_since_saved(notebook):
    from IPython import get_ipython

    ran = get_ipython().user_ns.get("In", []) if get_ipython() else []
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        meta = cell["metadata"].get("nbgrader", {})
        source = "".join(cell["source"])
        mine = [text for text in ran if text.lstrip().startswith(f"def {meta.get('grade_id')}(")]
        if meta.get("solution") and mine and mine[-1].strip() != source.strip():
            yield meta["grade_id"]
