"""A stored chapter in VS Code, served by code-server (docs/testing.md says how to install it).

VS Code shows notebooks without its Jupyter extension, and this test does without it: no kernel, no ipywidgets.
"""

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request

import pytest

from course_utils.files import ROOT

CODE_SERVER = os.environ.get("COURSE_CODE_SERVER")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.full,
    pytest.mark.skipif(not CODE_SERVER, reason="needs code-server in COURSE_CODE_SERVER (docs/testing.md)"),
]
CHAPTER = "02_rnn_cell.ipynb"
GALLERY = "https://open-vsx.org/vscode/gallery/"  # where code-server looks for extensions, whatever is open
SETTINGS = '{"workbench.editorAssociations": {"*.ipynb": "jupyter-notebook"}, "chat.disableAIFeatures": true}'


@pytest.fixture
def vscode(tmp_path):
    """Its address, with a copy of the chapter as the only file."""
    files, home = tmp_path / "files", tmp_path / "home"
    files.mkdir()
    (home / "User").mkdir(parents=True)
    (home / "User" / "settings.json").write_text(SETTINGS)
    shutil.copy(ROOT / "notebooks" / "zh" / CHAPTER, files)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    quiet = ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"]
    command = [*CODE_SERVER.split(), "--auth=none", f"--bind-addr={address}", f"--user-data-dir={home}", *quiet]
    environment = dict(os.environ, XDG_CONFIG_HOME=str(home / "config"), XDG_DATA_HOME=str(home / "data"))
    with open(home / "log", "w") as log:
        server = subprocess.Popen([*command, str(files)], env=environment, stdout=log, stderr=log)
    try:
        answers(f"http://{address}/healthz", home / "log")
        yield f"http://{address}/?folder={files}"
    finally:
        server.terminate()
        server.wait(30)


def answers(address, log, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return urllib.request.urlopen(address, timeout=1)
        except OSError:
            pass
    pytest.fail(log.read_text())


def frame_with(page, selector, seconds=60):
    """The frame that holds `selector`: VS Code nests the outputs in frames of its own."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for frame in page.frames:
            if frame.locator(selector).count():
                return frame
        page.wait_for_timeout(100)
    pytest.fail(f"no frame has {selector}")


def test_quizzes_and_explorables_are_alive_in_vscode(vscode, page):
    page.set_default_timeout(60_000)
    page.goto(vscode)
    page.get_by_role("treeitem", name=CHAPTER).dblclick()

    outputs = frame_with(page, "iframe[title='小测验']")
    quiz = outputs.frame_locator("iframe[title='小测验']").first
    quiz.locator("[name=q0]").first.press("Space")
    assert re.search("对|再想想", quiz.locator(".why").first.inner_text())

    fold = outputs.locator("iframe[title^='折叠']").element_handle().content_frame()
    steps = fold.evaluate("explorer.state().T")
    fold.locator("#T").press("ArrowRight")
    assert fold.evaluate("explorer.state().T") == steps + 1
    page.outside[:] = [url for url in page.outside if not url.startswith(GALLERY)]
