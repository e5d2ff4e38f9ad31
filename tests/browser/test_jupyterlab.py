"""The course as a learner meets it: `rnn-course lab`, JupyterLab, a real browser, keyboard and mouse."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from .jupyter import folders, outputs, run_all, run_cell, said, save, serving, show, use, write

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
CHAPTER = "notebooks/zh/02_rnn_cell.ipynb"
START = "import sys; from pathlib import Path; from course_utils import lab; sys.exit(lab.open_lab(Path(sys.argv[1]), 'zh'))"  # noqa: E501
# In the server and in every kernel: write down each address that is not this machine.
WATCH = """
import os, sys
def watch(event, arguments):
    if event == "socket.getaddrinfo" or event == "socket.connect":
        address = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
        host = address[0] if isinstance(address, tuple) else address
        if isinstance(address, tuple) or event == "socket.getaddrinfo":
            if host not in (None, "", "127.0.0.1", "localhost", "::1", "0.0.0.0", b"localhost"):
                with open(os.environ["OUTSIDE"], "a") as log:
                    print(event, host, file=log)
sys.addaudithook(watch)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on copies of the notebooks, with a home of its own. Yields its address and its environment, in which
    OUTSIDE is the file of outside addresses."""
    course, home = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("home")
    for folder in ("notebooks", "exercises", "start"):
        (course / folder).symlink_to(ROOT / folder)
    (home / "hook").mkdir()
    (home / "hook" / "sitecustomize.py").write_text(WATCH)
    (home / "config").mkdir()
    (home / "config" / "jupyter_lab_config.json").write_text(json.dumps({"LabApp": {"expose_app_in_browser": True}}))
    environment = dict(
        os.environ,
        OUTSIDE=str(home / "outside"),
        BROWSER="true",
        PYTHONPATH=str(home / "hook"),
        **folders(home),
    )
    with serving([sys.executable, "-c", START, str(course)], environment, course) as url:
        yield url, environment


def open_notebook(page, url, path):
    page.set_default_timeout(60_000)
    page.goto(re.sub(r"/lab/tree/[^?]*", f"/lab/tree/{path}", url))
    page.wait_for_function("() => window.jupyterapp")
    use(page, path)


def test_chapter_02_in_jupyterlab(lab, page, tmp_path):
    url, environment = lab
    open_notebook(page, url, CHAPTER)

    # The copy is trusted: the stored page is alive before anything has run.
    show(page, "fold-explorer")
    page.frame_locator("iframe[title^='折叠']").locator("#pic").wait_for()

    # Run everything.
    run_all(page)
    cells = page.evaluate("() => course.panel.content.model.toJSON().cells")
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    produced = [(cell["id"], output) for cell in code for output in cell["outputs"]]
    assert [
        (cell, output)
        for cell, output in produced
        if output["output_type"] == "error" or output.get("name") == "stderr"
    ] == []
    printed = "\n".join("".join(output.get("data", {}).get("text/plain", "")) for _, output in produced)
    assert "CLAIM Q2a True" in printed and " False" not in "".join(re.findall("CLAIM.*", printed))

    # The explorable: keyboard, then mouse.
    show(page, "fold-explorer")
    frame = page.locator("iframe[title^='折叠']").element_handle().content_frame()

    def state():
        return frame.evaluate("() => explorer.state()")

    picture = frame.locator("#pic")
    before, drawn, text = state(), picture.screenshot(), frame.locator("#total").inner_text()
    frame.locator("#T").focus()
    page.keyboard.press("ArrowRight")
    assert state()["T"] == before["T"] + 1 and state()["parameters"] == before["parameters"]
    assert picture.screenshot() != drawn and frame.locator("#total").inner_text() != text

    before, drawn = state(), picture.screenshot()
    slider = frame.locator("#x1").bounding_box()
    y = slider["y"] + slider["height"] / 2
    page.mouse.move(slider["x"] + slider["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(slider["x"] + slider["width"] - 5, y, steps=5)
    page.mouse.up()
    after, t = state(), before["t"]
    assert (
        after["x"][t - 1] != before["x"][t - 1]
        and after["h"][t] != before["h"][t]
        and after["h"][:t] == before["h"][:t]
    )
    assert picture.screenshot() != drawn

    # A bet is settled by the measurement: its card turns, and the verdict stands below the cell that measured.
    assert "你押的是" not in json.dumps(outputs(page, "parity"), ensure_ascii=False)
    run_cell(page, "bet-parity")  # open once more
    bet = page.locator(".jp-Notebook-cell", has=page.locator(".widget-radio")).first
    bet.locator("input[type=radio]").nth(1).click()
    run_cell(page, "parity")
    assert "你押的是：小于 1e-12" in json.dumps(outputs(page, "parity"), ensure_ascii=False)
    bet.get_by_text("押中了").wait_for()

    # The learner's own code in the loop: a slider redraws the figure.
    show(page, "reading")
    live = page.locator(".jp-Notebook-cell", has=page.locator(".widget-slider")).first
    image = live.locator("img").last
    source = image.get_attribute("src")
    live.locator(".noUi-handle").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("([image, source]) => image.src !== source", arg=[image.element_handle(), source])

    page.screenshot(path=tmp_path / "lab.png")
    outside = Path(environment["OUTSIDE"])
    assert not outside.exists(), outside.read_text()


def test_from_the_start_page_through_a_chapter_and_its_exercise_and_back(lab, page):
    """The learner's path: find a chapter, bet, play and answer by keyboard, get an exercise wrong, read why, get it
    right, be graded, and see it on the start page."""
    url, _ = lab
    page.set_default_timeout(60_000)
    page.goto(url)
    page.wait_for_function("() => window.jupyterapp")
    start = page.frame_locator("iframe[title^='课程地图']")
    assert "/10" not in start.locator("#map > li", has_text="E01").inner_text()
    start.locator("#search").press_sequentially("循环单元")
    start.locator("#found a[data-to='02']").first.press("Enter")
    use(page, CHAPTER)

    run_cell(page, "setup")
    run_cell(page, "loop-code")
    run_cell(page, "bet-parity")
    page.locator(".widget-radio input").nth(1).press("Space")
    run_cell(page, "parity")
    assert "你押的是：小于 1e-12" in json.dumps(outputs(page, "parity"), ensure_ascii=False)

    show(page, "fold-explorer")
    fold = page.locator("iframe[title^='折叠']").element_handle().content_frame()
    steps = fold.evaluate("explorer.state().T")
    fold.locator("#T").press("ArrowRight")
    assert fold.evaluate("explorer.state().T") == steps + 1

    show(page, "recall")
    here = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")  # the start page is open beside it
    quiz = here.frame_locator("iframe[title='小测验']").first
    quiz.locator("[name=q0]").first.press("Space")
    assert re.search("对|再想想", quiz.locator(".why").first.inner_text())

    show(page, "title")
    here.locator("a", has_text="练习 E01").first.click()
    use(page, "exercises/zh/E01_simple_rnn.ipynb")
    solution = nbformat.read(ROOT / "solutions/zh/E01_simple_rnn.ipynb", as_version=4)
    solved = next(cell.source for cell in solution.cells if cell.id == "rnn_step")

    def answer_with(text):
        write(page, "rnn_step", text)
        save(page)
        run_all(page)
        return said(page, "check-step")

    wrong = answer_with(solved.replace("h_prev @ W_h.T", "h_prev @ W_h"))
    assert "✗" in wrong and "→ W_h 没有转置" in wrong
    right = answer_with(solved)
    assert right.count("✓") == 4 and "✗" not in right
    assert outputs(page, "check-states")[-1]["output_type"] == "error"  # not answered yet
    assert "✓ check-step" in said(page, "grade") and "✗ check-states" in said(page, "grade")
    score = re.search(r"总分 (\d+/\d+)", said(page, "grade"))[1]
    assert not score.startswith("0/")

    show(page, "title")
    here.locator("a", has_text="全部章节").first.click()
    start.locator("#map > li", has_text="E01").get_by_text(score).wait_for()
    assert re.search(r"小测 \d/\d", start.locator("#map > li", has_text="E01").inner_text())


def test_an_outside_request_would_have_been_seen(lab, page):
    _, environment = lab
    subprocess.run(
        [sys.executable, "-c", "import socket; socket.getaddrinfo('course.invalid', 80)"],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    assert "course.invalid" in Path(environment["OUTSIDE"]).read_text()
    page.goto("about:blank")
    page.evaluate("fetch('http://course.invalid/').catch(() => 0)")
    assert page.outside == ["http://course.invalid/"]
    page.outside.clear()
