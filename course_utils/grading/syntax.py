"""The syntax of a cell that somebody else wrote, read with a limit on time and memory.

Neither IPython's transformation nor Python's own parser has a bound worth the name (a thousand lines `a?` take IPython
twenty seconds; neither hears Ctrl-C meanwhile). So a child process reads every text first; only what it could read in
time is parsed here, once, and kept. Run as a program, this file is that child.
"""

import ast
import functools
import json
import re
import subprocess
import sys
import threading
import warnings
from collections import defaultdict

SECONDS = 5  # for one text; a long answer takes milliseconds, and the first magic of a session a second for IPython
CHARACTERS = 200_000
NODES = 30_000  # of a tree that is kept: some 20 MB; the longest solution has 800
MEMORY = 1 << 30
IPYTHON_WORK = 20_000  # lines that may be IPython's own, times all lines: it reads the whole cell again for each
KEPT = 16  # trees: those of one submission and a few

_IPYTHON_LINE = re.compile(r"^\s*[%!?/,;]|\?\s*$|=\s*[%!]", re.MULTILINE)
_IPYTHON_START = re.compile(r"(?:[ \t]*\n)*(?:[ \t]|>>>|In \[)")  # indented, or copied with its prompts


@functools.lru_cache(KEPT)
def syntax(source):
    """The syntax tree of a cell, with IPython's own lines (magics, !commands) as the calls they stand for.

    None where the text is not Python, or could not be read in time. Do not change the tree: it is kept.
    """
    plain = _reader.plain(source) if len(source) <= CHARACTERS else None
    return None if plain is None else _parse(plain)


@functools.lru_cache(KEPT)
def syntax_error(source):
    """What Python says of a text that is not Python ("SyntaxError: …, line 3)"); None where it is, or where it could
    not be read in time."""
    return _reader.read(source)[1] if len(source) <= CHARACTERS else None


def defined(source):
    """The names of the functions and classes that a cell defines at its top level."""
    tree = syntax(source)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in tree.body if isinstance(node, kinds)} if tree else set()


def commands(source):
    """What a cell asks of the shell or of the keyboard: "!ls", "%pip", "%%bash", "input()", in order, each once."""
    tree = syntax(source)
    found = []
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id == "input":
            found.append((node.lineno, "input()"))
        elif isinstance(node.func, ast.Attribute) and _is_shell(node.func.value):
            first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else "…"
            form = {"run_line_magic": "%{}", "run_cell_magic": "%%{}", "system": "!{}", "getoutput": "!{}"}
            if node.func.attr in form:
                found.append((node.lineno, form[node.func.attr].format(first)))
    return list(dict.fromkeys(text for _, text in sorted(found)))


def reached(wanted, bound, needs):
    """The statements that bind a wanted name, or a name that one of those needs, and so on: a set.

    bound, needs   statement -> set of names
    """
    binding = defaultdict(list)
    for statement, names in bound.items():
        for name in names:
            binding[name].append(statement)
    found, asked, todo = set(), set(wanted), list(wanted)
    while todo:
        for statement in binding[todo.pop()]:
            if statement not in found:
                found.add(statement)
                todo += needs[statement] - asked
                asked |= needs[statement]
    return found


def _is_shell(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "get_ipython"


def _parse(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


class _Reader:
    """The child, started when it is first needed and again whenever a text was too much for it."""

    def __init__(self, command=(sys.executable, "-I", __file__)):
        self._command, self._child, self._lock = command, None, threading.Lock()

    def plain(self, source):
        return self.read(source)[0]

    def read(self, source):
        """(the text as plain Python, None), or (None, what is wrong with it); (None, None) where it was too much."""
        with self._lock:
            if self._child is None or self._child.poll() is not None:
                self._child = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C is for the grader
                )
            child = self._child
            end = threading.Timer(SECONDS, child.kill)
            end.start()
            try:
                child.stdin.write(json.dumps(source).encode() + b"\n")
                child.stdin.flush()
                answer = child.stdout.readline()
                return json.loads(answer) if answer else (None, None)
            except BrokenPipeError:
                return None, None
            except BaseException:  # interrupted: what it still says would be taken for the next answer
                child.kill()
                raise
            finally:
                end.cancel()


_reader = _Reader()


# ------------------------------------------------------------------------------------------- in the child


def _plain(source):
    """The text as Python that is known to parse, or None. Raises SyntaxError, and whatever else a parser may raise."""
    try:
        tree, text = _parse(source), source
    except SyntaxError:
        own = len(_IPYTHON_LINE.findall(source))
        if not own and not _IPYTHON_START.match(source):
            raise
        if own * (source.count("\n") + 1) > IPYTHON_WORK:
            return None
        from IPython.core.inputtransformer2 import TransformerManager

        text = TransformerManager().transform_cell(source)
        tree = _parse(text)
    return text if sum(1 for _ in ast.walk(tree)) <= NODES else None


def _serve():
    try:
        import resource
    except ImportError:  # Windows: the limit on time must do
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for line in sys.stdin.buffer:
        plain = error = None
        try:
            plain = _plain(json.loads(line))
        except SyntaxError as wrong:
            error = f"{type(wrong).__name__}: {wrong}"
        except Exception:  # whatever else a parser may raise about a text means: not Python
            pass
        sys.stdout.buffer.write(json.dumps([plain, error]).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
