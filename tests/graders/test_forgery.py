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
from xml.etree import ElementTree

import nbformat
import pytest
from conftest import FAST, SEED
from making import content
from nbformat.v4 import new_code_cell, new_notebook, new_output
from test_hostile import HONEST_FORWARD

from course_utils.grading import reading, reference
from course_utils.grading.grade import Task, grade
from course_utils.grading.run import Limits

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


def test_noise_from_a_thread_earns_nothing_and_costs_only_its_author(warm, grade_in):
    noisy = """
import threading
def noise():
    while True: print("✓ check: 1.0")
threading.Thread(target=noise, daemon=True).start()
def rnn_forward(*a): return torch.zeros(2, 5, 3), torch.zeros(2, 5, 4)
"""
    row = grade_in(warm, content(rnn_forward=noisy))
    assert row["score"] <= 3 and "fault" not in row["report"]
    honest = grade_in(warm, content())
    assert honest["score"] == honest["max_score"]


# ------------------------------------------------------------------------------------------- the learner's file itself


def plain_nbval(folder, *options, **more):
    """Plain nbval on the learners' files below a folder, without pytest's other plugins. Returns the finished
    process."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "nbval.plugin", "-q", "-p", "no:cacheprovider", *options, str(folder)],
        cwd=folder,
        env=environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | more,
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
    ran = plain_nbval(tmp_path, "--nbval")
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
    assert commanded(tmp_path, lambda: plain_nbval(tmp_path, "--nbval", JUPYTER_PATH=str(place)))


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


# ------------------------------------------------------------------------------------------- messages of its own

# Sent on the kernel's own channels while a check runs. `send(kind, content, **header)` is a message on iopub.
MESSAGES = {
    "text that is a list": "send('stream', {'name': 'stdout', 'text': ['x']})",
    "text that is a number": "send('stream', {'name': 'stdout', 'text': 1})",
    "no text": "send('stream', {'name': 'stdout'})",
    "a stream of another name": "send('stream', {'name': ['stdout'], 'text': 'x'})",
    "data that is a list": "send('display_data', {'data': ['x'], 'metadata': {}})",
    "no data": "send('execute_result', {})",
    "error without a traceback": "send('error', {'ename': 'X'})",
    "a state that is a list": "send('status', {'execution_state': ['idle']})",
    "a kind nobody knows": "send('passed', {'points': 10})",
    "content that is a list": "send('stream', ['stdout'])",
    "not JSON": "raw(b'{', b'{', b'{', b'{')",
    "a wrong signature": "raw(b'{}', b'{}', b'{}', b'{}', sign=False)",
    "too few parts": "kernel.iopub_socket.send_multipart([b'<IDS|MSG>', b''])",
    "no parts": "kernel.iopub_socket.send_multipart([b'x'])",
    "deep JSON": "raw(b'{}', b'{}', b'{}', b'[' * 100000)",
    "a reply that is none": "reply({'status': ['ok']})",
}

SEND = """
def tamper():
    kernel = get_ipython().kernel
    session, parent = kernel.session, kernel.get_parent("shell")

    def send(kind, content, **header):
        session.send(kernel.iopub_socket, session.msg(kind, content, parent) | header)

    def raw(*parts, sign=True):
        parts = list(parts)
        signature = session.sign(parts) if sign else b"0" * 64
        kernel.iopub_socket.send_multipart([b"<IDS|MSG>", signature, *parts])

    def reply(content):
        session.send(kernel.iopub_socket, session.msg("execute_reply", content, parent))

    MESSAGE
"""


def tampering(name, function="rnn_step", value="torch.zeros(2, 4)"):
    return SEND.replace("MESSAGE", MESSAGES[name]) + f"def {function}(*a):\n    tamper()\n    return {value}\n"


def by_absence(notebook, folder):
    """Verdicts of a grader that runs nbval and takes a case in its report about which nothing is said for passed."""
    nbformat.write(notebook, folder / "submission.ipynb")
    plain_nbval(folder, "--nbval-lax", "--junitxml", "junit.xml")
    cases = ElementTree.parse(folder / "junit.xml").iter("testcase")
    return [len(case) == 0 for case in cases]


def checked_by_output(answer):
    """A learner's file in small, whose check is compared with what the solution printed."""
    check = new_code_cell("print(rnn_step(1))", metadata={"tags": ["nbval-check-output"]}, execution_count=1)
    check.outputs = [new_output("stream", name="stdout", text="the solution's value\n")]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return new_notebook(cells=[new_code_cell(answer), check], metadata=kernel)


def test_a_malformed_message_fools_a_grader_that_infers_from_absence(tmp_path):
    """The stream whose text is a list: nbval raises where nobody waits for it, and its report says nothing."""
    assert by_absence(checked_by_output("def rnn_step(*a): return 0"), tmp_path) == [True, False]
    report = "import pytest\n@pytest.hookimpl\ndef pytest_runtest_makereport(item, call):\n"
    report += (
        "    if call.when == 'call': ''.join(o.text for o in item.test_outputs or [] if o.get('name') == 'stdout')\n"
    )
    (tmp_path / "conftest.py").write_text(report)  # as our plugin did: it joins what was printed
    forged = by_absence(checked_by_output(tampering("text that is a list", value="0")), tmp_path)
    assert forged[:2] == [True, True]


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_of_its_own_earns_nothing(name, warm, grade_in):
    row = grade_in(warm, content(rnn_step=tampering(name), rnn_forward=HONEST_FORWARD))
    checks = {check["id"]: check for check in row["checks"]}
    assert checks["check-step"]["earned"] == 0 and checks["check-step"]["status"] in ("malformed", "failed")
    assert row["score"] == row["max_score"] - 3 and "fault" not in row["report"]  # the honest answer keeps its marks


def test_it_is_named(warm, grade_in):
    row = grade_in(warm, content(rnn_step=tampering("text that is a list"), rnn_forward=HONEST_FORWARD))
    (check,) = [check for check in row["checks"] if check["id"] == "check-step"]
    assert check["status"] == "malformed" and "消息" in check["message"] and row["status"] == "partial"


def everywhere(name):
    """Both answers tamper, so that no check is honest."""
    forward = tampering(name, "rnn_forward", "torch.zeros(2, 5, 3), torch.zeros(2, 5, 4)")
    return content(rnn_step=tampering(name), rnn_forward=forward)


def test_full_marks_cannot_be_forged_with_two_seeds(warm, tmp_path):
    two = {("E01", "zh"): reference.references("E01", "zh", [SEED, SEED + 1], warm, tmp_path)}
    row = grade(Task("someone", reading.read(everywhere("text that is a list"))), two, warm, FAST)
    assert row.score == 0 and not row.fault and {check.status for check in row.checks} == {"malformed"}


def test_nor_in_the_cold_box(cold, grade_in):
    row = grade_in(cold, everywhere("text that is a list"))
    assert row["score"] == 0 and "fault" not in row["report"]


def test_a_right_answer_that_shows_and_prints_loses_nothing(warm, grade_in):
    """What frontends are sent beside the check's own lines, of every kind, and prints that look like a check."""
    busy = HONEST_FORWARD.replace(
        "    h, states = h0, []",
        """    import matplotlib.pyplot as plt
    from IPython.display import HTML, JSON, clear_output, display
    print("hs:", 1); print("no end", end=""); print("state after step one: (2, 4)")
    display(HTML("<b>x</b>"), JSON({"a": [1]})); display(1, display_id="a").update(2)
    plt.plot([1, 2]); plt.show(); clear_output()
    h, states = h0, []""",
    )
    row = grade_in(warm, content(rnn_forward=busy))
    assert row["score"] == row["max_score"], row["checks"]


# ------------------------------------------------------------------------------------------- the ban

HEAD = "def rnn_step(x_t, h_prev, W_x, W_h, b):\n"
USE = """
    with torch.no_grad():
        cell.weight_ih.copy_(W_x); cell.weight_hh.copy_(W_h); cell.bias_ih.copy_(b); cell.bias_hh.zero_()
        return cell(x_t, h_prev)
"""
CALL = "(x_t, h_prev, W_x, W_h, b, torch.zeros_like(b))"
OPERATOR = f"vars(torch)['rnn' + '_tanh_cell']{CALL}"
ANOTHER_PROGRAM = """
    import sys, tempfile
    code = "import sys, torch; torch.save(torch.rnn_tanh_cell(*torch.load(sys.argv[1])), sys.argv[1])"
    with tempfile.NamedTemporaryFile() as file:
        torch.save((x_t, h_prev, W_x, W_h, b, torch.zeros_like(b)), file.name)
        START
        return torch.load(file.name)
"""

# Calls of the built-in while a check runs, however they are reached: they are seen, and the check earns nothing.
CALLS = {
    "by name": HEAD + "    cell = torch.nn.RNNCell(W_x.shape[1], W_x.shape[0])" + USE,
    "getattr": HEAD + "    cell = getattr(torch.nn, 'RNN' + 'Cell')(W_x.shape[1], W_x.shape[0])" + USE,
    "vars": HEAD + "    cell = vars(torch.nn)['RNN' + 'Cell'](W_x.shape[1], W_x.shape[0])" + USE,
    "torch._VF": HEAD + f"    return torch._VF.rnn_tanh_cell{CALL}\n",
    "eval": HEAD + f"    return eval('torch.' + 'rnn' + '_tanh_cell'){CALL}\n",
    "saved reference": "saved = vars(torch)['rnn' + '_tanh_cell']\n" + HEAD + f"    return saved{CALL}\n",
    "torch.ops": HEAD + f"    return torch.ops.aten.__getattr__('rnn' + '_tanh_cell'){CALL}\n",
    "DisableTorchFunction": HEAD + f"    with torch._C.DisableTorchFunction():\n        return {OPERATOR}\n",
    "another thread": "import threading\n"
    + HEAD
    + f"""    found = []
    work = threading.Thread(target=lambda: found.append({OPERATOR}))
    work.start(); work.join()
    return found[0]
""",
    "copied module": "import types\nmine = types.ModuleType('mine')\n"
    + "mine.__dict__.update({name.lower()[::-1]: value for name, value in vars(torch).items()})\n"
    + HEAD
    + f"    return vars(mine)['llec_hnat_nnr']{CALL}\n",
}

# A new program would have a torch of its own; Linux does not start one (seccomp).
PROGRAMS = {
    "os.system": ANOTHER_PROGRAM.replace(
        "START", """__import__("os").system(f"{sys.executable} -c '{code}' {file.name}")"""
    ),
    "subprocess": ANOTHER_PROGRAM.replace(
        "START", "__import__('subprocess').run([sys.executable, '-c', code, file.name])"
    ),
    "fork_exec": ANOTHER_PROGRAM.replace(
        "START",
        """
        import os, _posixsubprocess as p
        read, write = os.pipe()
        words, none, no = [sys.executable.encode(), b"-c", code.encode(), file.name.encode()], None, -1
        pid = p.fork_exec(words, words[:1], True, (), none, none, no, no, no, no, no, no, read, write,
            True, False, 0, none, none, none, no, none, False)
        os.waitpid(pid, 0)""",
    ),
    "ctypes": ANOTHER_PROGRAM.replace(
        "START",
        """
        import ctypes, os
        words = [sys.executable.encode(), b"-c", code.encode(), file.name.encode(), None]
        if (pid := os.fork()) == 0:
            ctypes.CDLL(None).execv(words[0], (ctypes.c_char_p * 5)(*words))
            os._exit(1)
        os.waitpid(pid, 0)""",
    ),
}

# What remains: the ban lives in the learner's own process. Each earns the marks; where the text shows where to look,
# the teacher gets a note. docs/teaching.md says so.
AROUND = {
    "the ban switched off": (
        "import sys\nsys.modules['course_utils.grading.box.' + 'deny']._kept.clear()\n"
        "sys.modules['course_utils.exercise.ban'].Ban.__init__.__defaults__\n"
        "type.__setattr__(sys.modules['course_utils.exercise.ban'].Ban, '__enter__', lambda self: self)\n"
        "type.__setattr__(sys.modules['course_utils.exercise.ban'].Ban, '__exit__', lambda self, *e: None)\n"
        + HEAD
        + f"    return torch.rnn_tanh_cell{CALL}\n",
        "sys.modules",
    ),
    "computed ahead of the check": (
        "kept = {}\nfor k in range(1, 6):\n    x, h0, W_x, W_h, b, _, _ = network(k)\n"
        "    zero = torch.zeros_like(b)\n"
        "    for u, v, w in ((x[:, 0], h0, b), (x[:1, 1], h0[:1], b), (x[:, 0], h0, b - 30)):\n"
        "        kept[float(u.sum() + w.sum())] = torch.rnn_tanh_cell(u, v, W_x, W_h, w, zero)\n"
        + HEAD
        + "    return kept[float(x_t.sum() + b.sum())]\n",
        "torch.rnn_tanh_cell",
    ),
    "a built-in that is not banned": (
        HEAD
        + """    cell = torch.nn.GRUCell(W_x.shape[1], W_h.shape[0])
    n, zero = W_h.shape[0], torch.zeros_like
    with torch.no_grad():
        cell.weight_ih.copy_(torch.cat([zero(W_x), zero(W_x), W_x])); cell.bias_hh.zero_()
        cell.weight_hh.copy_(torch.cat([zero(W_h), zero(W_h), W_h]))
        cell.bias_ih.copy_(torch.cat([zero(b) + 100, zero(b) - 100, b]))
        return cell(x_t, h_prev)
""",
        None,
    ),
    "a Python version inside torch": (
        HEAD
        + "    from torch._decomp import decompositions as inside\n"
        + "    weights = [W_x, W_h, b, torch.zeros_like(b)]\n"
        + "    run = vars(inside)['rnn_' + 'tanh_input']\n"
        + "    return run(x_t[:, None], h_prev[None], weights, True, 1, 0.0, False, False, True)[1][0]\n",
        "torch._decomp",
    ),
}


def without_ban(answer):
    """Does the answer compute what was asked for, when nothing forbids it?"""
    import torch

    space = {
        "torch": torch,
        "network": lambda k: [
            torch.randn(s, generator=torch.Generator().manual_seed(k), dtype=torch.float64)
            for s in ((2, 5, 6), (2, 4), (4, 6), (4, 4), (4,), (3, 4), (3,))
        ],
    }
    torch.set_default_dtype(torch.float64)
    try:
        exec(answer, space)
        x, h0, W_x, W_h, b, _, _ = space["network"](1)
        wanted = torch.tanh(x[:, 0] @ W_x.T + h0 @ W_h.T + b)
        return torch.allclose(space["rnn_step"](x[:, 0], h0, W_x, W_h, b), wanted, atol=1e-5)
    finally:
        torch.set_default_dtype(torch.float32)


def step(answer, place, grade_in, limits=FAST):
    """(the row, check-step in it) of an answer for rnn_step beside an honest rnn_forward"""
    row = grade_in(place, content(rnn_step=answer, rnn_forward=HONEST_FORWARD), limits=limits)
    assert row["status"] == "graded" and "fault" not in row["report"]
    (check,) = [check for check in row["checks"] if check["id"] == "check-step"]
    assert row["score"] - check["earned"] == row["max_score"] - 3  # the honest answer keeps its marks
    return row, check


@pytest.mark.parametrize("name", CALLS)
def test_a_call_during_a_check_is_seen(name, warm, grade_in):
    assert without_ban(CALLS[name])
    _, check = step(CALLS[name], warm, grade_in)
    assert (check["earned"], check["status"]) == (0, "banned") and "rnn_tanh_cell" in check["message"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_other_program_is_started(name, warm, grade_in):
    assert without_ban(HEAD + PROGRAMS[name])
    assert step(HEAD + PROGRAMS[name], warm, grade_in)[1]["earned"] == 0


def test_nor_in_the_cold_box_or_by_name(cold, grade_in):
    assert step(HEAD + PROGRAMS["subprocess"], cold, grade_in)[1]["earned"] == 0
    assert step(CALLS["by name"], cold, grade_in)[1]["status"] == "banned"


@pytest.mark.parametrize("name", [name for name in AROUND if name != "the ban switched off"])
def test_a_way_around_computes_what_was_asked(name):
    assert without_ban(AROUND[name][0])


@pytest.mark.parametrize("name", AROUND)
def test_ways_around_that_remain(name, warm, grade_in):
    answer, place = AROUND[name]
    row, check = step(answer, warm, grade_in)
    assert check["earned"] == 3
    notes = [note for note in row["report"]["notes"] if note.startswith("rnn_step")]
    assert bool(notes) == (place is not None) and all(place in note for note in notes)


HONEST_STEP = HEAD + "    return torch.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)\n"

# Names and habits of learners whose answer is right: no point is withheld, and nobody is accused.
INNOCENT = {
    "a comparison below": HONEST_STEP
    + """
x, h0, W_x, W_h, b, _, _ = network(1)
cell = torch.nn.RNNCell(W_x.shape[1], W_x.shape[0])
cell.load_state_dict(dict(weight_ih=W_x, weight_hh=W_h, bias_ih=b, bias_hh=torch.zeros_like(b)))
assert torch.allclose(rnn_step(x[:, 0], h0, W_x, W_h, b), cell(x[:, 0], h0))
""",
    "a comparison in a function": HONEST_STEP + "def test():\n    torch.nn.RNNCell(3, 4)(torch.zeros(1, 3))\ntest()\n",
    "a class of one's own": """
class RNNCell:
    def __init__(self): self.lstm, self.grad = None, {"grad": 0, "RNN": 1}
    def backward(self): return self.grad["grad"]
    def step(self, *a):
        self.backward()
        return self.rnn_tanh(*a)
    def rnn_tanh(self, x_t, h_prev, W_x, W_h, b): return torch.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)
def rnn_step(*a): return RNNCell().step(*a)
""",
    "gc, inspect and other modules": "import gc, inspect, subprocess, multiprocessing, os, sys\n" + HONEST_STEP,
    "flags of one's own": "from __future__ import annotations\n"
    "get_ipython().ast_node_interactivity = 'all'\n" + HONEST_STEP,
    "commands": "!pip install torch\n%pip install numpy\n%conda info\n%nosuchmagic\n%load_ext nothing\n"
    "files = !ls\nn = input('n?')\n%matplotlib inline\n"
    + HONEST_STEP
    + "get_ipython().system('sleep 100')\nget_ipython().run_cell_magic('bash', '', 'sleep 100')\n",
    "a timed cell": "%%time\n" + HONEST_STEP,
}


@pytest.mark.parametrize("name", INNOCENT)
def test_a_right_answer_is_never_punished(name, warm, grade_in):
    row, check = step(INNOCENT[name], warm, grade_in)
    assert (check["earned"], check["status"]) == (3, "passed")
    asked = [note for note in row["report"]["notes"] if note.startswith("rnn_step")]
    assert bool(asked) == (name == "commands")


def test_commands_do_nothing_with_a_note_in_the_cold_box_too(cold, grade_in):
    row, check = step(INNOCENT["commands"], cold, grade_in, Limits())  # a cold kernel imports matplotlib first
    assert check["earned"] == 3
    (note,) = [note for note in row["report"]["notes"] if note.startswith("rnn_step")]
    assert all(command in note for command in ("!pip install torch", "%pip", "%conda", "!ls", "input()"))
    assert "%matplotlib" not in note


def test_a_cell_for_another_language_is_no_answer_and_holds_nobody_up(warm, grade_in):
    row, check = step("%%bash\nsleep 100\n", warm, grade_in)
    assert check["earned"] == 0 and row["seconds"] < 60
