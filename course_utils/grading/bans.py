"""Built-ins that would make an exercise pointless, in the text of an answer: a note, never a mark.

A text cannot show what is called. It can show where a teacher (or the learner, in a self-check) may want to look: the
built-in by its name inside a function, and ways that hide what is reached. What costs points is a call that is seen
while a check runs (`exercise/ban.py`, `box/deny.py`).
"""

import ast

from course_utils.grading.syntax import syntax

MOST = 5  # places named for one answer
TORCH = {"torch", "nn", "F"}  # what the course's own cells call it
INSIDE = {
    "_VF",
    "_C",
    "_decomp",
    "_refs",
    "_prims",
    "_inductor",
    "_dynamo",
    "ops",
    "quantizable",
    "quantized",
    "__dict__",
}
ANYWHERE = {"__dict__", "__globals__", "__subclasses__", "__closure__", "_posixsubprocess"}
FROM_TEXT = {"eval", "exec", "__import__"}  # calls that run or import what is written nowhere
MODULES = {"importlib", "ctypes", "_posixsubprocess"}


def notes(name, sources, banned):
    """Notes (Chinese, English) about an answer, given the sources of its cells."""
    places = [place for source in sources for place in evidence(source, banned)][:MOST]
    if not places:
        return []
    zh = "；".join(f"第 {line} 行 {text}" for line, text in places)
    en = "; ".join(f"line {line}: {text}" for line, text in places)
    return [
        (
            f"{name}：这道题要自己写 {banned[0]} 这类函数做的事。值得看一眼的地方：{zh}（只是提醒，不影响分数）",
            f"{name}: this exercise is about writing what {banned[0]} and the like do. Worth a look: {en} "
            "(a reminder; it changes no mark)",
        )
    ]


def evidence(source, banned):
    """[(line, code)] of what may reach one of the names in torch, in order; [] where nothing is banned.

    The built-in itself counts only inside a function or class: at the top level it is a test of one's own.
    """
    tree = syntax(source) if banned else None
    if tree is None:
        return []
    roots, imported = _imports(tree, set(banned))
    found = {}
    for node, inside in _walk(tree):
        torchs = isinstance(node, ast.Attribute) and _root(node) in roots
        if isinstance(node, ast.Attribute):
            suspicious = node.attr in ANYWHERE or torchs and (node.attr in INSIDE or inside and node.attr in banned)
            suspicious = suspicious or node.attr == "modules" and _root(node) == "sys"
        elif isinstance(node, ast.Name):
            suspicious = inside and node.id in imported
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            suspicious = node.func.id in FROM_TEXT or _looks_up(node, roots)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            suspicious = any(part in MODULES | INSIDE for path in _paths(node) for part in path.split("."))
        else:
            suspicious = False
        if suspicious:
            found.setdefault(node.lineno, ast.unparse(node)[:60])
    return sorted(found.items())


def _imports(tree, banned):
    """(names that stand for torch or a module of it, names that stand for something banned)"""
    roots, imported = set(TORCH), set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias, path in zip(node.names, _paths(node)):
                if path.split(".")[0] == "torch":
                    bound = alias.asname or alias.name.split(".")[0]
                    (imported if alias.name in banned else roots).add(bound)
    return roots, imported


def _paths(node):
    before = f"{node.module or ''}." if isinstance(node, ast.ImportFrom) else ""
    return [before + alias.name for alias in node.names]


def _walk(tree):
    """(node, does it stand inside a function or class?), without recursion."""
    todo = [(tree, False)]
    while todo:
        node, inside = todo.pop()
        yield node, inside
        inside = inside or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda))
        todo += [(child, inside) for child in ast.iter_child_nodes(node)]


def _root(node):
    """The name that a chain of attributes begins with; None for anything else."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _looks_up(call, roots):
    """getattr(torch, …) with a name that is put together, or vars(torch)."""
    if not call.args or _root(call.args[0]) not in roots:
        return False
    named = len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
    return call.func.id == "vars" or call.func.id == "getattr" and not named
