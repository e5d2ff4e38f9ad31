"""Built-ins that would make an exercise pointless, in the text of an answer: a note, never a mark.

A text cannot show what is called. It can show where a teacher (or the learner, in a self-check) may want to look: the
built-in by its name in what the answer uses, and ways that hide what is reached. What costs points is a call that is
seen while a check runs (`exercise/ban.py`, `box/deny.py`).
"""

import ast
import re

from course_utils.grading.syntax import reached, syntax

MOST = 5  # places named for one answer
QUOTED = 80  # characters of a line
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
    """Notes (Chinese, English) about the answer called `name`, given the sources of its cells."""
    places = evidence(name, sources, banned)[:MOST]
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


def evidence(name, sources, banned):
    """[(line of its cell, code)] of what may reach one of the names in torch; [] where nothing is banned.

    The built-in itself counts only in what the answer uses: beside it, it is a test of one's own.
    """
    read = [(tree, re.split("\r\n|\r|\n", source)) for source in sources if banned and (tree := syntax(source))]
    roots, imported = _imports([tree for tree, _ in read], set(banned))
    statements = [(statement, lines) for tree, lines in read for statement in tree.body]
    used, found = _used(name, [statement for statement, _ in statements]), []
    for statement, lines in statements:
        places = set()
        for node in ast.walk(statement):
            torchs = isinstance(node, ast.Attribute) and _root(node) in roots
            if isinstance(node, ast.Attribute):
                suspicious = node.attr in ANYWHERE or node.attr == "modules" and _root(node) == "sys"
                suspicious = (
                    suspicious or torchs and node.attr in (INSIDE | set(banned) if statement in used else INSIDE)
                )
            elif isinstance(node, ast.Name):
                suspicious = statement in used and node.id in imported
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                suspicious = node.func.id in FROM_TEXT or _looks_up(node, roots)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                suspicious = any(part in MODULES | INSIDE for path in _paths(node) for part in path.split("."))
            else:
                suspicious = False
            if suspicious:
                places.add(node.lineno)
        found += [(line, lines[line - 1].strip()[:QUOTED]) for line in sorted(places)]
    return found


def _used(name, statements):
    """The statements at the top level that bind or fill `name`, or a name that those use, and so on."""
    return reached({name}, {s: _bound(s) for s in statements}, {s: _free(s) for s in statements})


def _bound(statement):
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    stored = [node for node in ast.walk(statement) if isinstance(getattr(node, "ctx", None), ast.Store)]
    return {root for node in stored if (root := _root(node))}


def _free(statement):
    """The names that a statement uses and does not give a value itself."""
    nodes = list(ast.walk(statement))
    own = {node.arg for node in nodes if isinstance(node, ast.arg)}
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return {node.id for node in nodes if isinstance(node, ast.Name)} - own


def _imports(trees, banned):
    """(names that stand for torch or a module of it, names that stand for something banned)"""
    roots, imported = set(TORCH), set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias, path in zip(node.names, _paths(node)):
                if path.split(".")[0] == "torch":
                    bound = alias.asname or alias.name.split(".")[0]
                    (imported if alias.name in banned else roots).add(bound)
    return roots, imported


def _paths(node):
    before = f"{node.module or ''}." if isinstance(node, ast.ImportFrom) else ""
    return [before + alias.name for alias in node.names]


def _root(node):
    """The name that a chain of attributes and indices begins with; None for anything else."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _looks_up(call, roots):
    """getattr(torch, …) with a name that is put together, or vars(torch)."""
    if not call.args or _root(call.args[0]) not in roots:
        return False
    named = len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
    return call.func.id == "vars" or call.func.id == "getattr" and not named
