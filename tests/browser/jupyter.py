"""Starting and driving JupyterLab or Notebook 7: both hold the same application, exposed as `window.jupyterapp`."""

import contextlib
import re
import subprocess
import threading

import pytest

# Wait until the notebook at `path` can be used, and keep hold of it as `window.course`. Nothing waits for ever.
READY = """async path => {
  const app = window.jupyterapp; await app.restored;
  const until = async (test, end = Date.now() + 60_000) => {
    while (!test()) {
      if (Date.now() > end) throw Error(`waited in vain: ${test}; open is ${app.shell.currentWidget?.context?.path}`);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  };
  await until(() => app.shell.currentWidget?.context?.path === path);
  const panel = app.shell.currentWidget; await panel.context.ready; await panel.sessionContext.ready; await panel.revealed;
  await until(() => panel.content.widgets.length === panel.content.model.cells.length);
  await until(() => panel.sessionContext.session?.kernel?.connectionStatus === 'connected');
  await panel.sessionContext.session.kernel.info;
  window.course = {
    panel,
    index: id => panel.content.widgets.findIndex(cell => cell.model.id === id),
    async show(id) {
      panel.content.activeCellIndex = this.index(id);
      const scrolled = panel.content.scrollToItem(this.index(id), 'start').catch(() => 0);   // never done where it is in view
      await Promise.race([scrolled, new Promise(resolve => setTimeout(resolve, 1000))]);
    },
    async run(command) {                            // a command returns at the first error, the cells behind it still run
      this.done = false;
      await app.commands.execute(command);
      await until(() => !panel.content.model.sharedModel.cells.some(cell => cell.executionState === 'running'), Infinity);
      await panel.sessionContext.session.kernel.requestKernelInfo();
      this.done = true;
    },
  };
}"""  # noqa: E501


def folders(home):
    """Environment variables with which Jupyter keeps all of its own below `home`."""
    return {
        "PYTHONUNBUFFERED": "1",
        "IPYTHONDIR": str(home / "ipython"),
        **{f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")},
        **{f"JUPYTERLAB_{name}_DIR": str(home / name.lower()) for name in ("SETTINGS", "WORKSPACES")},
    }


@contextlib.contextmanager
def serving(command, environment, cwd):
    """The address that a server says once it runs; ended with the block."""
    server = subprocess.Popen(
        command,
        env=environment,
        cwd=cwd,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    heard = []
    for line in server.stdout:
        heard.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\S+token=\w+", line):
            break
    else:
        pytest.fail("".join(heard))
    threading.Thread(target=server.stdout.read, daemon=True).start()  # else a full pipe would stop the server
    yield found[0]
    server.terminate()
    server.wait(30)


def use(page, path):
    """The notebook that was just opened."""
    page.evaluate(READY, path)


def outputs(page, cell):
    return page.evaluate(
        "id => course.panel.content.widgets[course.index(id)].model.sharedModel.toJSON().outputs", cell
    )


def said(page, cell):
    """What a cell printed."""
    return "".join("".join(output.get("text", "")) for output in outputs(page, cell))


def write(page, cell, text):
    page.evaluate(
        "([id, text]) => course.panel.content.widgets[course.index(id)].model.sharedModel.setSource(text)", [cell, text]
    )


def show(page, cell):
    page.evaluate("id => course.show(id)", cell)


def run_cell(page, cell):
    page.evaluate("id => { course.panel.content.activeCellIndex = course.index(id); }", cell)
    page.evaluate("() => void course.run('notebook:run-cell')")
    page.wait_for_function("() => course.done", timeout=120_000)


def run_all(page):
    page.evaluate("() => void course.run('notebook:run-all-cells')")
    page.wait_for_function("() => course.done", timeout=300_000)


def save(page):
    page.evaluate("() => course.run('docmanager:save')")
