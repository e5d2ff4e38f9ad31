"""What the text of an answer tells about built-ins: where to look, never what was done."""

import pytest

from course_utils.grading import bans


@pytest.mark.parametrize(
    "code, found",
    [
        ("def f(x):\n    return torch.nn.RNN(3, 4)(x)", [(2, "torch.nn.RNN")]),
        ("from torch.nn import RNN as R\ndef f(x):\n    return R(3, 4)(x)", [(3, "R")]),
        ("import torch.nn as tn\nclass C:\n    net = tn.RNN(3, 4)\ndef f(x): return C().net(x)", [(3, "tn.RNN")]),
        ("f = lambda x: nn.RNN(3, 4)(x)", [(1, "nn.RNN")]),
        ("%matplotlib inline\ndef f(x): return torch.nn.RNN(3, 4)(x)", [(2, "torch.nn.RNN")]),
        ("net = torch.nn.RNN(3, 4)\ndef g(x): return net(x)\ndef f(x): return g(x)", [(1, "torch.nn.RNN")]),
        ("kept = {}\nfor k in 1, 2:\n    kept[k] = nn.RNN(3, 4)\ndef f(x): return kept[x]", [(3, "nn.RNN")]),
        ("r = vars(torch.nn)['RN' + 'N']", [(1, "vars(torch.nn)")]),
        ("r = getattr(torch.nn, 'RN' + 'N')", [(1, "getattr(torch.nn, 'RN' + 'N')")]),
        ("r = eval('torch.' + 'nn')", [(1, "eval('torch.' + 'nn')")]),
        ("import torch._VF", [(1, "import torch._VF")]),
        ("from torch import _VF", [(1, "from torch import _VF")]),
        ("torch.ops.aten.x", [(1, "torch.ops")]),
        ("import sys\nsys.modules['x']", [(2, "sys.modules")]),
        ("f.__globals__['x']", [(1, "f.__globals__")]),
    ],
)
def test_evidence_in_the_text(code, found):
    places = bans.evidence("f", [code], ["RNN"])
    assert [line for line, _ in places] == [line for line, _ in found]
    assert all(text in quoted for (_, quoted), (_, text) in zip(places, found, strict=True))


@pytest.mark.parametrize(
    "code",
    [
        "def f(x): return x\nassert torch.allclose(f(x), torch.nn.RNN(3, 4)(x))",  # a test of one's own
        "def f(x): return x\ndef test():\n    net = torch.nn.RNN(3, 4)\n    assert f(1) == net(1)\ntest()",
        "def f(x, w):\n    h = w\n    return h\nfor w in 1, 2:\n    h = torch.nn.RNN(3, w)",
        "def RNN(x): return x\nRNN(3)",
        "class Net:\n    def RNN(self): return 1\n    def use(self): return self.RNN() + self.lstm.backward()",
        "d = {'RNN': 1}\ndef f(): return d['RNN']",
        "import gc, inspect, subprocess\ndef f(): return gc.collect()",
        "def f(x): return getattr(x, 'shape'), getattr(torch, 'tanh'), vars(x)",
        "# RNN\n'''nn.RNN is banned'''",
        "def broken(:",
    ],
)
def test_what_is_a_learners_own_is_no_evidence(code):
    assert bans.evidence("f", [code], ["RNN", "grad", "backward", "lstm"]) == []
    assert bans.notes("f", [code], ["RNN"]) == []


def test_nothing_is_banned_where_the_exercise_bans_nothing():
    assert bans.evidence("f", ["def f(): return eval('1'), torch.nn.RNN"], []) == []


def test_a_note_quotes_line_and_code_and_is_short():
    ((zh, en),) = bans.notes("f", ["def f(x):\n" + "    torch.nn.RNN(3, 4)\n" * 50], ["RNN", "RNNCell"])
    assert "line 2: torch.nn.RNN" in en and "第 2 行 torch.nn.RNN" in zh and len(en) < 400


def test_a_helper_in_another_cell_belongs_to_the_answer():
    cells = ["import torch.nn as tn\ndef help(x): return tn.RNN(3, 4)(x)", "def f(x): return help(x)"]
    assert bans.evidence("f", cells, ["RNN"]) == [(2, "def help(x): return tn.RNN(3, 4)(x)")]


def test_long_sums_and_lines_are_quoted_not_followed():
    """Python's own functions on trees give up at a thousand terms."""
    long = "x = eval(" + " + ".join(["1"] * 900) + ").real\n"
    assert bans.evidence("f", [long + "def f(): return x"], ["RNN"]) == [(1, long[:80])]


def test_thousands_of_names_that_lean_on_each_other_are_followed():
    chain = "\n".join(f"a{n} = a{n + 1}" for n in range(5000))
    code = f"{chain}\na5000 = torch.nn.RNN(3, 4)\ndef f(x): return a0(x)"
    assert bans.evidence("f", [code], ["RNN"]) == [(5001, "a5000 = torch.nn.RNN(3, 4)")]
