"""A chapter in Notebook 7, which lives in an environment of its own (`make foreign`) and runs the course's kernel."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.files import ROOT

from .jupyter import folders, outputs, run_cell, serving, show, use

pytestmark = pytest.mark.browser
NOTEBOOK7 = os.environ.get("COURSE_NOTEBOOK7")
CHAPTER = "02_rnn_cell.ipynb"
OWN_ERROR = "Cannot read properties of undefined (reading 'schema')"  # of Notebook 7.6, on an empty notebook, too
TRUST = "import sys; from pathlib import Path; from course_utils import lab; lab.trust([Path(sys.argv[1])])"


@pytest.fixture
def notebook7(need, tmp_path):
    """Its address, with a trusted copy of the chapter as the only file."""
    need(NOTEBOOK7, "make foreign, then COURSE_NOTEBOOK7=~/.cache/rnn-course/notebook7/bin/jupyter-notebook")
    files, home = tmp_path / "files", tmp_path / "home"
    kernel = home / "kernels" / "kernels" / "python3"
    for folder in (files, kernel, home / "config"):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "notebooks" / "zh" / CHAPTER, files)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "course", "language": "python"}))
    exposed = {"JupyterNotebookApp": {"expose_app_in_browser": True}}
    (home / "config" / "jupyter_notebook_config.json").write_text(json.dumps(exposed))
    environment = dict(
        os.environ,
        JUPYTER_PATH=str(home / "kernels"),
        COURSE_BETS=str(home / ".bets.json"),
        **folders(home),
    )
    subprocess.run([sys.executable, "-c", TRUST, str(files / CHAPTER)], env=environment, check=True)
    root = ["--allow-root"] if os.getuid() == 0 else []
    command = [str(Path(NOTEBOOK7).absolute()), "--no-browser", "--port=0", *root]
    with serving(command, environment, files) as url:
        yield re.sub(r"/tree[^?]*", f"/notebooks/{CHAPTER}", url)


def test_a_chapter_is_alive_in_notebook_7(notebook7, page):
    page.set_default_timeout(60_000)
    page.goto(notebook7)
    page.wait_for_function("() => window.jupyterapp")
    use(page, CHAPTER)

    # A stored page, before anything has run.
    show(page, "fold-explorer")
    fold = page.locator("iframe[title^='折叠']").element_handle().content_frame()
    steps = fold.evaluate("explorer.state().T")
    fold.locator("#T").press("ArrowRight")
    assert fold.evaluate("explorer.state().T") == steps + 1

    # A bet, settled by the cell that measures.
    for cell in ("setup", "loop-code", "bet-parity"):
        run_cell(page, cell)
    page.locator(".widget-radio input").nth(1).press("Space")
    run_cell(page, "parity")
    assert "你押的是：小于 1e-12" in json.dumps(outputs(page, "parity"), ensure_ascii=False)
    page.locator(".widget-box", has=page.locator(".widget-radio")).get_by_text("押中了").first.wait_for()

    show(page, "recall")
    quiz = page.frame_locator("iframe[title='小测验']").first
    quiz.locator("[name=q0]").first.press("Space")
    assert re.search("对|再想想", quiz.locator(".why").first.inner_text())
    page.problems[:] = [problem for problem in page.problems if problem != OWN_ERROR]
