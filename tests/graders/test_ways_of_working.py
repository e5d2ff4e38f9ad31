"""How people work: right answers in many a style earn their points, and what went wrong is said as it is."""

import copy
import json

import pytest
from making import content, solution

from course_utils.grading import batch

FIRST = {"E04": "lstm_cell", "E05": "count_parameters", "E01": "rnn_step"}


def cell_of(notebook, name):
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def new_cell(source):
    return {"cell_type": "code", "id": f"own{abs(hash(source)) % 10**8}", "metadata": {}, "source": source}


def prefixed(exercise, name, text):
    """The solution with some lines before the answer, in its cell."""
    return content(exercise, lang="en", **{name: text + cell_of(solution(exercise, "en"), name).source})


def split(notebook):
    cell = cell_of(notebook, "rnn_forward")
    first = copy.deepcopy(cell)
    first.id, first.source = "half", "import math\nSTART = 0"
    cell.source = cell.source.replace("range(x.shape[1])", "range(START, x.shape[1])")
    notebook.cells.insert(notebook.cells.index(cell), first)


def below_the_stub(notebook):
    cell = cell_of(notebook, "rnn_step")
    written, cell.source = cell.source, "def rnn_step(x_t, h_prev, W_x, W_h, b):\n    raise NotImplementedError"
    notebook.cells.insert(notebook.cells.index(cell) + 1, new_cell(f"{written}\nprint(rnn_step)\n1 / 0"))


def helpers_elsewhere(notebook):
    cell = cell_of(notebook, "rnn_step")
    cell.source = cell.source.replace("torch.tanh(", "squash(")
    notebook.cells.insert(3, new_cell("import torch.nn.functional as F\nimport no_such_module_unused as x\n"))
    notebook.cells.insert(4, new_cell("def squash(x):\n    return F.tanhshrink(x) * 0 + x.tanh()"))


TALKATIVE = """import matplotlib.pyplot as plt
from IPython.display import display, HTML
def rnn_step(x_t, h_prev, W_x, W_h, b):
    print("step", end=" ")
    display(HTML("<b>here</b>"))
    if len(x_t) == 1:
        plt.plot([1, 2]); plt.show()
    print("h:", h_prev)
    return torch.tanh(x_t @ W_x.T + h_prev @ W_h.T + b)
"""
NUMPY_COUNT = """import numpy as np
def count_parameters(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    module = getattr(nn, kind)(input_size, hidden_size, num_layers, bidirectional=bidirectional)
    return np.sum([np.prod(np.array(p.shape, dtype=float)) for p in module.parameters()])
"""
TENSOR_HORIZON = """def memory_horizon(profile, eps=1e-3):
    below = torch.cat([profile < eps * profile[0], torch.tensor([True])])
    return below.int().argmax()
"""
SHELL = "from __future__ import annotations\nget_ipython().ast_node_interactivity = 'all'\n"
RIGHT = {
    "numpy-float-count": content("E05", "en", count_parameters=NUMPY_COUNT),
    "tensor-horizon": content("E05", "en", memory_horizon=TENSOR_HORIZON),
    "shell-state": prefixed("E04", "lstm_cell", SHELL),
    "talkative": content("E01", "en", rnn_step=TALKATIVE),
    "split": content("E01", "en", change=split),
    "below-the-stub": content("E01", "en", change=below_the_stub),
    "helpers-elsewhere": content("E01", "en", change=helpers_elsewhere),
}
STEP = "def rnn_step(x_t, h_prev, W_x, W_h, b):\n"
WRONG = {  # what the learner reads
    "full-width": (STEP + "    return torch.tanh（x_t）", "line 2, （ should be a plain ("),
    "curly-quotes": (STEP + "    print(“x”)", "line 2, “ should be a plain"),
    "tabs": (STEP + "\tif True:\n        return x_t", "tabs and spaces are mixed"),
    "not-installed": ("import no_such_module\n" + STEP + "    return x_t", "line 1, no_such_module is not installed"),
    "half-written": (STEP + "    a = x_t @ W_x.T\n    raise NotImplementedError", "line 3, a gap is still open"),
    "hint-pasted": (STEP + "    return torch.tanh(x_t @ ______ + b)", "line 2, a gap is still open"),
    "helper-nowhere": (STEP + "    return squash(x_t)", "it uses squash, which no cell defines"),
}


@pytest.fixture(scope="module")
def graded(boxed, tmp_path_factory):
    from course_utils import cli

    place = tmp_path_factory.mktemp("ways")
    everything = RIGHT | {name: content("E01", "en", rnn_step=source) for name, (source, _) in WRONG.items()}
    for name, body in everything.items():
        (place / "in" / name).mkdir(parents=True)
        (place / "in" / name / "notebook.ipynb").write_bytes(body)
    assert cli.main(["grade", str(place / "in"), "--out", str(place / "out"), "--jobs", "2"]) == 0
    return {row["submission"]: row for row in json.loads((place / "out" / "grades.json").read_text())}, batch.rows(
        place / "out"
    )


@pytest.mark.box
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_earns_its_points(name, graded):
    row = graded[0][name]
    assert row["score"] == row["max_score"] > 0, (row["checks"], graded[1][name].notes)


@pytest.mark.box
@pytest.mark.parametrize("name", WRONG)
def test_the_true_reason_is_given(name, graded):
    message = graded[0][name]["checks"][0]["message"]
    assert WRONG[name][1] in message and "NameError" not in message


@pytest.mark.box
def test_what_was_taken_from_elsewhere_is_said(graded):
    notes = {name: " ".join(row.notes) for name, row in graded[1].items()}
    assert "not finished" in notes["below-the-stub"] and "squash" in notes["helpers-elsewhere"]
    assert "2 cells" in notes["split"]
