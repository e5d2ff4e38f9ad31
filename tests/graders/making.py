"""Submissions for the tests: made from the solutions and from source/answers."""

import ast
import copy
import json

import nbformat

from course_utils.authoring import answers, source
from course_utils.grading import reference


def solution(exercise, lang="zh"):
    return nbformat.read(reference.solutions(lang)[exercise], as_version=4)


def content(exercise="E01", lang="zh", change=lambda notebook: None, **replaced):
    """The bytes of a submission: the solution with some answers replaced, and then anything `change` does to it."""
    notebook = copy.deepcopy(solution(exercise, lang))
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in replaced:
            cell.source = replaced[name]
    change(notebook)
    return json.dumps(notebook, ensure_ascii=False).encode()


def known_answers(root, exercise):
    """(Answer, {answer cell: source}) for every implementation in source/answers."""
    (path,) = (root / "source" / "exercises").glob(f"{exercise}_*.py")
    for answer in answers.load(source.read(path)):
        yield answer, functions(answer.code)


def functions(code):
    """{name: its source} of the top-level functions and classes of a cell; what else it holds goes with the first."""
    tree = ast.parse(code)
    kinds = (ast.FunctionDef, ast.ClassDef)
    found = {node.name: ast.unparse(node) for node in tree.body if isinstance(node, kinds)}
    rest = "\n".join(ast.unparse(node) for node in tree.body if not isinstance(node, kinds))
    first = next(iter(found))
    found[first] = f"{rest}\n\n{found[first]}"
    return found
