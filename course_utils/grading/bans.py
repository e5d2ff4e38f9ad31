"""Built-ins that would make an exercise pointless, found in the text of an answer.

While a submission runs they also raise: `deny.py` and `exercise/check.py`. What is left for the text is code that hides what
it calls.
"""

import ast

from course_utils.grading.submission import syntax

# Ways to reach a built-in without writing its name, or to undo the ban. None of them has a place in an exercise that
# bans built-ins.
HIDING_FUNCTIONS = {"getattr", "eval", "exec", "compile", "__import__", "__builtins__"}
HIDING = {
    "*",
    "importlib",
    "ctypes",
    "gc",
    "inspect",
    "subprocess",
    "multiprocessing",
    "course_utils",
    "Library",
    "_C",
    "_VF",
    "_decomp",
    "_refs",
    "_prims",
    "_inductor",
    "_dynamo",
    "decompose",
    "quantized",
    "__globals__",
    "__subclasses__",
    "__closure__",
    "system",
    "popen",
    "Popen",
    "getoutput",
}


def used(source, banned):
    """The banned names that the code of a cell mentions (as an attribute, an import or a string), and what it does to
    hide some.

    A bare name is the learner's own: for torch's it takes an import, and that counts.
    """
    tree = syntax(source)
    if tree is None or not banned:
        return []
    suspect, found = set(banned) | HIDING, set()
    harmless = {
        node.func
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
    }  # getattr(x, "shape")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found |= {node.attr} & suspect
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {part for alias in node.names for part in alias.name.split(".")} & suspect
            found |= set((getattr(node, "module", None) or "").split(".")) & suspect
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {node.value} & set(banned)
        elif isinstance(node, ast.Name) and node not in harmless:
            found |= {node.id} & HIDING_FUNCTIONS
    return sorted(found)
