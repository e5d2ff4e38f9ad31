"""Reading cells that somebody else wrote: what is found, and that no text holds up the grader."""

import ast
import signal
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.grading import syntax

HOSTILE = {
    "a question mark on every line": "a?\n" * 12_000,
    "many help lines, just a few too many": "x = 1\n" * 400 + "a?\n" * 60,
    "a literal of 200 kB": "{},{}," * 33_000,
    "a sum of 40,000 terms": "x = " + "+".join(["1"] * 40_000),
    "deep brackets": "(" * 90_000,
    "deep braces of an f-string": "f'{" * 3_000,
    "deep indentation": "".join(" " * i + "if x:\n" for i in range(600)),
    "a chain of not": "x = " + "not " * 40_000 + "x",
    "a chain of lambda": "lambda: " * 20_000 + "x",
    "null bytes": "a\0b",
    "a lone surrogate": "x = '\ud800'",
    "more than an answer may have": "x = 1\n" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_holds_up_the_grader(name, monkeypatch):
    monkeypatch.setattr(syntax, "_reader", syntax._Reader())
    tree = syntax.syntax.__wrapped__(HOSTILE[name])
    assert tree is None or sum(1 for _ in ast.walk(tree)) <= syntax.NODES
    assert syntax.defined("def f(): pass") == {"f"}  # and the next text is read


DEAF = (sys.executable, "-c", "import time; time.sleep(600)")


def test_a_text_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(syntax, "SECONDS", 0.5)
    reader = syntax._Reader(DEAF)
    assert reader.plain("x = 1") is None
    assert reader._child.wait(10) == -signal.SIGKILL


def test_an_interrupt_is_heard_and_the_answer_it_cut_off_is_not_given_to_the_next_text():
    program = """
import os, signal, sys, threading
from course_utils.grading import syntax
reader = syntax._Reader((sys.executable, "-c", "import time; time.sleep(600)"))
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    reader.plain("x = 1")
    print("deaf")
except KeyboardInterrupt:
    print(reader._child.wait(10))
    reader._command = syntax._reader._command
    print(reader.plain("x = 2"))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout == "-9\nx = 2\n", ran.stderr


@pytest.mark.parametrize(
    "source, names",
    [
        ("def f(): pass\nclass G: pass\nasync def h(): pass", {"f", "G", "h"}),
        ("%matplotlib inline\n!ls\ndef f(): pass\nf?", {"f"}),
        ("if True:\n    def f(): pass", set()),
        ("%%bash\ndef f(): pass", set()),
        ("def f(:", set()),
        ("x = (1\n% 2)\ndef f(): pass", {"f"}),
    ],
)
def test_defined(source, names):
    assert syntax.defined(source) == names


@pytest.mark.parametrize(
    "source, found",
    [
        ("!ls -l\n%pip install x\ndef f(): return 1", ["!ls -l", "%pip"]),
        ("%%bash\nrm -rf /", ["%%bash"]),
        ("x = !ls\ny = int(input('n'))\n!ls", ["!ls", "input()"]),
        ("def f():\n    !ls\n    get_ipython().system('a' + 'b')", ["!ls", "!…"]),
        ("'!ls'\nshell.system('x')", []),
        ("def broken(:\n!ls", []),
        ("(" + "+".join(["1"] * 2000) + ").system('x')\n!ls", ["!ls"]),
    ],
)
def test_commands(source, found):
    assert syntax.commands(source) == found


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab1=()[]{}:,%!?\n \t'\"#\\ é中\ud800"), max_size=80))
def test_any_text_gets_an_answer(source):
    tree = syntax.syntax(source)
    assert tree is None or isinstance(tree, ast.Module)
