"""Notes about answers that are too much alike: to each other, or to the published solution. A reason to look, never a
mark."""

import ast
import copy

import nbformat

from course_utils.grading import reference
from course_utils.grading.syntax import syntax

ALIKE = 97  # percent of agreement (rapidfuzz ratio) of the code without comments, docstrings and layout
SHORTEST = 150  # characters; shorter answers agree by accident


def notes(rows, lang):
    """[(one, other, percent)], the other being a submission or the solution; None when the library is not installed."""
    try:
        from rapidfuzz import fuzz, process
    except ImportError:
        return None
    found = []
    for exercise in dict.fromkeys(row.exercise for row in rows if row.score):
        mine = [row for row in rows if row.exercise == exercise and row.score]
        names, texts = [row.submission for row in mine], [_text(row.answers) for row in mine]
        solution = _solution(exercise, mine[0].lang)
        if solution:
            names.append({"zh": "公布的参考答案", "en": "the published solution"}[lang])
            texts.append(solution)
        scores = process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=ALIKE)
        found += [
            (names[i], names[j], round(float(scores[i, j])))
            for i in range(len(mine))
            for j in range(i + 1, len(texts))
            if scores[i, j] and min(len(texts[i]), len(texts[j])) >= SHORTEST
        ]
    return found


def _text(answers):
    """The code of all answers as Python would write it, without docstrings."""
    return "\n".join(_plain(source) for _, source in sorted(answers.items()))


def _plain(source):
    tree = copy.deepcopy(syntax(source))
    if tree is None:
        return source
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) and len(body) > 1:
            node.body = body[1:]
    return ast.unparse(tree)


def _solution(exercise, lang):
    path = reference.solutions(lang).get(exercise)
    if path is None:
        return ""
    cells = nbformat.read(path, as_version=4).cells
    return _text(
        {
            cell.metadata.nbgrader.grade_id: cell.source
            for cell in cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        }
    )
