"""Built-ins that would make an exercise pointless, found in the text of an answer. (While checks run they also raise: `checks.py`.)"""
import ast

from course_utils.grading.submission import syntax


def used(source, banned):
    """The banned names that the code of a cell mentions, as a name, an attribute, an import or a string."""
    tree = syntax(source)
    if tree is None:
        return []
    mentioned = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            mentioned.add(node.id)
        elif isinstance(node, ast.Attribute):
            mentioned.add(node.attr)
        elif isinstance(node, ast.alias):
            mentioned.update(node.name.split("."))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            mentioned.add(node.value)
    return sorted(mentioned & set(banned))
