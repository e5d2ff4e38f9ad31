"""Ways to get marks without doing the work. Each is first shown to earn them from a grader that does not defend itself.

Two naive graders stand for the usual ones: assertions after the answer in the same kernel (as nbgrader judges), and
nbval on the learner's own file.
"""

import json
import os
import re
import subprocess
import sys
import textwrap

import nbformat
import pytest
from making import content
from nbformat.v4 import new_code_cell, new_notebook
from test_hostile import HONEST_FORWARD

pytestmark = pytest.mark.box

# name -> (answer, marks it may rightly earn): the naive grader below is fooled by each of them
FORGERIES = {
    "patched torch.equal": "def rnn_step(*a): return torch.zeros(2, 4)\ntorch.equal = torch.allclose = lambda *a, **k: True",  # noqa: E501
    "patched print": "def rnn_step(*a): return torch.zeros(2, 4)\nimport builtins\nbuiltins.print = lambda *a, **k: None\ntorch.equal = lambda *a: True",  # noqa: E501
    "patched builtins": "def rnn_step(*a): return torch.zeros(2, 4)\nimport builtins\nbuiltins.all = lambda *a: True\ntorch.equal = lambda *a: all(False for _ in a)",  # noqa: E501
    "object equal to everything": """
        class Same(torch.Tensor):
            @classmethod
            def __torch_function__(cls, function, types, args=(), kwargs=None): return True
            def __eq__(self, other): return True
        def rnn_step(*a): return torch.zeros(2, 4).as_subclass(Same)
        """,
    "object that prints anything": """
        class Shown:
            shape, ndim = (2, 4), 2
            def __repr__(self): return "✓"
            def __eq__(self, other): return True
            def __array__(self, *a, **k): raise SystemExit
        def rnn_step(*a): return Shown()
        torch.equal = lambda a, b: a == b
        """,
    "input transformer": """
        def rnn_step(*a): return torch.zeros(2, 4)
        get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\\n"] if any("rnn_step" in line for line in lines) else lines)
        """,  # noqa: E501
    "hook that swallows errors": """
        def rnn_step(*a): return torch.zeros(2, 4)
        get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)
        get_ipython().showtraceback = lambda *a, **k: None
        """,
    "patched show": """
        def rnn_step(*a): return torch.zeros(2, 4)
        torch.equal = lambda *a: True
        try:
            import course_utils.exercise.check as checks
            checks.Exercise._show = lambda self, label, value, digits=4: print(f"{label}: ok")
        except ImportError: pass
        """,
}

# Runs an answer and the assertion of a naive grader as two cells of one IPython, in a fork for each answer. Like
# nbclient, it takes the second cell
# for passed when no error was shown for it.
NAIVE = """
import io, json, os, sys, contextlib, torch
from IPython.core.interactiveshell import InteractiveShell
for answer in json.loads(sys.argv[1]):
    if os.fork() == 0:
        shown = []
        InteractiveShell.showtraceback = lambda *a, **k: shown.append(1)
        shell = InteractiveShell.instance()
        shell.run_cell("import torch")
        shell.run_cell(answer)
        shell.run_cell("assert torch.equal(rnn_step(1, 2, 3, 4, 5), torch.ones(2, 4)), 'wrong'")
        sys.stdout.write("0" if shown else "1")
        sys.stdout.flush()
        os._exit(0)
    os.wait()
"""


def test_forgeries_fool_a_naive_grader():
    answers = ["def rnn_step(*a): return torch.zeros(2, 4)", *map(textwrap.dedent, FORGERIES.values())]
    verdicts = subprocess.run(
        [sys.executable, "-c", NAIVE, json.dumps(answers)],
        capture_output=True,
        text=True,
        env=dict(os.environ, OMP_NUM_THREADS="1"),
    ).stdout
    assert dict(zip(["plainly wrong", *FORGERIES], verdicts, strict=True)) == {
        "plainly wrong": "0",
        **dict.fromkeys(FORGERIES, "1"),
    }


@pytest.mark.parametrize("name", FORGERIES)
def test_earns_nothing_here(name, warm, grade_in):
    row = grade_in(warm, content(rnn_step=textwrap.dedent(FORGERIES[name]), rnn_forward=HONEST_FORWARD))
    assert row["status"] in ("graded", "partial") and "fault" not in row["report"]
    assert {check["id"]: check["earned"] for check in row["checks"]}["check-step"] == 0
    assert row["score"] <= row["max_score"] - 3


def test_noise_from_a_thread_costs_only_its_author(warm, grade_in):
    noisy = (
        HONEST_FORWARD
        + """
import threading
def noise():
    while True: print("✓ check: 1.0")
threading.Thread(target=noise, daemon=True).start()
"""
    )
    row = grade_in(warm, content(rnn_forward=noisy))
    assert row["score"] < row["max_score"] and "fault" not in row["report"]
    honest = grade_in(warm, content())
    assert honest["score"] == honest["max_score"]


# ------------------------------------------------------------------------------------------- the learner's file itself


def plain_nbval(folder, **more):
    """Plain nbval on the learners' files below a folder. Returns the finished process."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env=environment | more,
        capture_output=True,
        text=True,
    )


def small(answer="def f(): return 1", check="assert f() == 2", **metadata):
    """A learner's file in small: a wrong answer and its check."""
    return new_notebook(
        cells=[new_code_cell(answer), new_code_cell(check, metadata=metadata)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )


CONFTEST = "import pytest\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item):\n    (yield).get_result().outcome = 'passed'\n"  # noqa: E501


def without_check(notebook):
    del notebook.cells[1]
    return notebook


FOOLING = {
    "skipped by tag": small(tags=["nbval-skip"]),
    "skipped by comment": small(check="# NBVAL_SKIP\nassert f() == 2"),
    "expects the error": small(tags=["raises-exception", "nbval-ignore-output"]),
    "check deleted": without_check(small()),
    "check emptied": small(check=""),
    "conftest beside it": small(),
}


def test_plain_nbval_is_fooled(tmp_path):
    """All in one run: a plainly wrong file is rejected, and none of those that were tampered with."""
    for name, notebook in ({"plainly wrong": small()} | FOOLING).items():
        place = tmp_path / name.replace(" ", "_")
        place.mkdir()
        nbformat.write(notebook, place / "submission.ipynb")
    (tmp_path / "conftest_beside_it" / "conftest.py").write_text(CONFTEST)
    ran = plain_nbval(tmp_path)
    cells = 2 * (1 + len(FOOLING)) - 1  # one check is deleted
    assert sum(map(int, re.findall(r"(\d+) (?:passed|failed|skipped)", ran.stdout))) == cells, ran.stdout
    assert re.findall(r"(?m)^FAILED (\w+)/", ran.stdout) == ["plainly_wrong"]


def test_a_kernelspec_in_the_learners_file_runs_a_command_in_plain_nbval(tmp_path):
    """Where a grader looks for kernels beside the submission, the notebook chooses what is run."""
    assert not commanded(tmp_path, lambda: None)
    place = evil_kernel(tmp_path)
    notebook = small()
    notebook.metadata.kernelspec.name = "evil"
    nbformat.write(notebook, tmp_path / "evil.ipynb")
    assert commanded(tmp_path, lambda: plain_nbval(tmp_path, JUPYTER_PATH=str(place)))


def evil_kernel(folder):
    place = folder / "jupyter" / "kernels" / "evil"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(
        json.dumps({"argv": ["touch", str(folder / "commanded")], "display_name": "evil", "language": "python"})
    )
    return folder / "jupyter"


def commanded(folder, run):
    run()
    return (folder / "commanded").exists()


WRONG_STEP = "def rnn_step(x_t, h_prev, W_x, W_h, b):\n    return torch.zeros(x_t.shape[0], W_h.shape[0])\n"


def cells(notebook, *names):
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") in names]


def tag_checks(notebook):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata["tags"] = ["nbval-skip", "raises-exception", "skip-execution"]
            cell.metadata["nbgrader"]["points"] = 100
            cell.source = "# NBVAL_SKIP\nprint('✓')"


def forge_outputs(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [{"output_type": "stream", "name": "stdout", "text": "✓"}], 1


def rename_kernel(notebook):
    notebook.metadata["kernelspec"] = {
        "name": "evil",
        "display_name": "evil",
        "language": "python",
        "argv": ["touch", "/tmp/commanded"],
    }


CHANGES = {
    "checks tagged and rewritten": tag_checks,
    "checks deleted": lambda nb: nb.cells.__setitem__(
        slice(None), [c for c in nb.cells if not c.metadata.get("nbgrader", {}).get("grade")]
    ),
    "outputs forged": forge_outputs,
    "kernelspec renamed": rename_kernel,
    "bans removed": lambda nb: nb.metadata["course"].pop("banned", None),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes_to_the_file_do_not_help_a_wrong_answer(name, warm, grade_in, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(evil_kernel(tmp_path)))
    (tmp_path / "conftest.py").write_text(CONFTEST)
    monkeypatch.chdir(tmp_path)
    row = grade_in(
        warm, content(rnn_step=WRONG_STEP + "# NBVAL_SKIP", rnn_forward=HONEST_FORWARD, change=CHANGES[name])
    )
    assert row["status"] == "graded" and row["score"] == row["max_score"] - 3
    assert not (tmp_path / "commanded").exists()


@pytest.mark.parametrize("name", [*CHANGES, "reordered", "ids dropped", "metadata dropped"])
def test_changes_to_the_file_do_not_harm_a_right_answer(name, warm, grade_in):
    def ids_dropped(notebook):
        for cell in notebook.cells:
            del cell["id"]

    def metadata_dropped(notebook):
        for cell in notebook.cells:
            cell.metadata = {}
            del cell["id"]

    change = {
        **CHANGES,
        "reordered": lambda nb: nb.cells.reverse(),
        "ids dropped": ids_dropped,
        "metadata dropped": metadata_dropped,
    }[name]
    row = grade_in(warm, content(change=change))
    assert row["score"] == row["max_score"]


# ------------------------------------------------------------------------------------------- the ban bypassed

USE = "    with torch.no_grad():\n        cell.weight_ih.copy_(W_x); cell.weight_hh.copy_(W_h); cell.bias_ih.copy_(b); cell.bias_hh.zero_()\n        return cell(x_t, h_prev)\n"  # noqa: E501
HEAD = "def rnn_step(x_t, h_prev, W_x, W_h, b):\n"
DIRECT = "rnn_tanh_cell(x_t, h_prev, W_x, W_h, b, torch.zeros_like(b))"

BYPASSES = {
    "getattr": HEAD + "    cell = getattr(torch.nn, 'RNN' + 'Cell')(W_x.shape[1], W_x.shape[0])\n" + USE,
    "vars": HEAD + "    cell = vars(torch.nn)['RNN' + 'Cell'](W_x.shape[1], W_x.shape[0])\n" + USE,
    "torch._VF": HEAD + f"    return torch._VF.{DIRECT}\n",
    "eval": HEAD + "    return eval('torch.' + 'rnn' + '_tanh_cell')(x_t, h_prev, W_x, W_h, b, torch.zeros_like(b))\n",
    "saved reference": "saved = vars(torch)['rnn' + '_tanh_cell']\n"
    + HEAD
    + "    return saved(x_t, h_prev, W_x, W_h, b, torch.zeros_like(b))\n",
    "torch.ops": HEAD
    + "    return torch.ops.aten.__getattr__('rnn' + '_tanh_cell')(x_t, h_prev, W_x, W_h, b, torch.zeros_like(b))\n",
    "DisableTorchFunction": HEAD
    + "    with torch._C.DisableTorchFunction():\n        return vars(torch)['rnn' + '_tanh_cell'](x_t, h_prev, W_x, W_h, b, torch.zeros_like(b))\n",  # noqa: E501
    "another thread": "import threading\n"
    + HEAD
    + """    found = []
    work = threading.Thread(target=lambda: found.append(vars(torch)['rnn' + '_tanh_cell'](x_t, h_prev, W_x, W_h, b, torch.zeros_like(b))))
    work.start(); work.join()
    return found[0]
""",  # noqa: E501
    "another program": HEAD
    + """    import sys
    code = "import sys, torch; torch.save(torch.rnn_tanh_cell(*torch.load(sys.argv[1])), sys.argv[1])"
    import tempfile
    with tempfile.NamedTemporaryFile() as file:
        torch.save((x_t, h_prev, W_x, W_h, b, torch.zeros_like(b)), file.name)
        vars(sys.modules["os"])["sys" + "tem"](f"{sys.executable} -c '{code}' {file.name}")
        return torch.load(file.name)
""",
    "copied module": "import types\nmine = types.ModuleType('mine')\nmine.__dict__.update({name.lower()[::-1]: value for name, value in vars(torch).items()})\n"  # noqa: E501
    + HEAD
    + "    return vars(mine)['llec_hnat_nnr'](x_t, h_prev, W_x, W_h, b, torch.zeros_like(b))\n",
    "ahead of the check": "kept = {}\nfor k in range(1, 6):\n    x, h0, W_x, W_h, b, _, _ = network(k)\n    for t in range(5):\n"  # noqa: E501
    "        kept[float(x[:, t].sum())] = vars(torch)['rnn' + '_tanh_cell'](x[:, t], h0, W_x, W_h, b, torch.zeros_like(b))\n"  # noqa: E501
    + HEAD
    + "    return kept[float(x_t.sum())]\n",
}


def without_ban(answer):
    """Does the answer compute what was asked for, when nothing forbids it?"""
    import torch

    space = {
        "torch": torch,
        "network": lambda k: [
            torch.randn(s, generator=torch.Generator().manual_seed(k))
            for s in ((2, 5, 6), (2, 4), (4, 6), (4, 4), (4,), (3, 4), (3,))
        ],
    }
    exec(answer, space)
    x, h0, W_x, W_h, b, _, _ = space["network"](1)
    return torch.allclose(
        space["rnn_step"](x[:, 0], h0, W_x, W_h, b), torch.tanh(x[:, 0] @ W_x.T + h0 @ W_h.T + b), atol=1e-5
    )


@pytest.mark.parametrize("name", BYPASSES)
def test_bypass_earns_nothing(name, warm, grade_in):
    assert without_ban(BYPASSES[name])
    row = grade_in(warm, content(rnn_step=BYPASSES[name], rnn_forward=HONEST_FORWARD))
    assert {check["id"]: check["earned"] for check in row["checks"]}["check-step"] == 0
    assert row["score"] == row["max_score"] - 3 and row["status"] == "graded"
