"""The answers in a submission: the cells to run, as their writer would run them. Only their text is ever used.

An answer may be spread over cells, and may use imports, functions and constants from cells of the learner's own. What
the course itself wrote (set-up, fixtures, checks) is never taken from a submission.
"""

import ast
import builtins
import symtable
from dataclasses import dataclass

from course_utils import trouble
from course_utils.grading.syntax import defined, reached, syntax, syntax_error

MAX_ANSWER = 200_000  # characters of one answer
NAMED = 8  # helpers named in a note
IPYTHON = {"get_ipython", "display", "In", "Out", "_", "__name__"}
TRANSPARENT = ("%%time", "%%timeit", "%%capture", "%%prun")  # cell magics whose body runs as any cell does


def answers(notebook, course):
    """{answer name: [source of a cell, …]} of the answers found, in the order in which to run them, and notes
    (Chinese, English).

    course   (name, source) of every code cell of the exercise, in order; the source of an answer cell is None

    An answer is looked for by grade_id; where a tool has dropped that, by cell id. Where its cell is missing or
    unfinished, it is the one other cell that defines the function.
    """
    names = [name for name, source in course if source is None]
    cells = {name: _cells(notebook, name) for name in names}
    spare = list(_elsewhere(notebook, names))
    given, theirs = _world(course)
    found, notes = {}, []
    for name in names:
        parts, pool = cells[name], spare
        if all(unfinished(part, name) for part in parts):
            others = [s for other in names if other != name for s in cells[other]] + spare
            written = [s for s in others if name in defined(_body(s)) and not unfinished(s, name)]
            if written and (len(written) == 1 or not parts):
                pool = spare + parts + [written[-1]]
                parts = [_only(written[-1], [s for s in _statements(written[-1]) if name in s.bound])]
                notes.append(_taken(name, len(written), bool(cells[name])))
            elif written:
                notes.append(_which(name, len(written)))
        if not parts:
            notes.append((f"没有找到 {name} 的答案格", f"the answer cell of {name} is missing"))
            continue
        if len(parts) > 1:
            notes.append(
                (
                    f"{name} 的答案有 {len(parts)} 格，按先后一起批改",
                    f"the answer of {name} is in {len(parts)} cells; they are graded together, in order",
                )
            )
        helpers, helping = _helpers(parts, pool, given | set(names), theirs)
        if helping:
            listed = sorted(helping)[:NAMED] + ["…"] * (len(helping) > NAMED)
            notes.append(
                (
                    f"{name} 用到的 {'、'.join(listed)} 取自你自己的格子",
                    f"{name} uses {', '.join(listed)} from cells of your own: taken along",
                )
            )
        if sum(map(len, helpers + parts)) > MAX_ANSWER:
            notes.append(
                (
                    f"{name} 的答案超过 {MAX_ANSWER} 个字符，没有批改",
                    f"the answer of {name} has more than {MAX_ANSWER} characters and was not graded",
                )
            )
            continue
        found[name] = helpers + parts
    return found, notes


def broken(answers):
    """{name: what Python says} of the answers that are not Python and that no other cell of an answer gives."""
    bound = {name for parts in answers.values() for part in parts for s in _statements(part) for name in s.bound}
    errors = {name: [e for part in parts if (e := syntax_error(_body(part)))] for name, parts in answers.items()}
    return {name: found[-1] for name, found in errors.items() if found and not {name, "*"} & bound}


def unfinished(source, name):
    """Is the function missing here, or does a gap (a bare `raise NotImplementedError` that every call meets) stand
    in it? False where the text is not Python: that is an answer, with an error."""
    tree = syntax(_body(source))
    if tree is None:
        return False
    written = _definitions(tree, name)
    return not written or bool(_gaps(written[-1].body))


def first_gap(parts, name):
    """(number, text) of the first line of the answer that is still to be written; None where there is none."""
    for part in parts:
        tree = syntax(_body(part))
        for node in _definitions(tree, name) if tree else ():
            for number in _gaps(node.body):
                return trouble.line(part, number)
    return None


def _definitions(tree, name):
    return [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name]


def _gaps(body):
    """Numbers of the lines with a bare `raise NotImplementedError` that every call meets."""
    found = []
    for node in body:
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id == "NotImplementedError":
            found.append(node.lineno)
        elif isinstance(node, (ast.For, ast.While, ast.With)):
            found += _gaps(node.body)
    return found


def _taken(name, count, has_cell):
    zh = f"{name} 的答案格{'还没有写完' if has_cell else '不见了'}，批改的是另外那个写了 {name} 的格子"
    en = f"the answer cell of {name} is {'not finished' if has_cell else 'missing'}: the other cell that defines it was graded"  # noqa: E501
    return (zh + f"（有 {count} 个，取最后一个）", en + f" ({count} do; the last one)") if count > 1 else (zh, en)


def _which(name, count):
    return (
        f"{name} 的答案格还没有写完，另有 {count} 个格子写了 {name}：请把你要交的那一份放进答案格",
        f"the answer cell of {name} is not finished, and {count} other cells define it: put the one you mean into it",
    )


# ------------------------------------------------------------------------------------------- cells


def _cells(notebook, name):
    return [s for grade_id, _, s in notebook.sources if grade_id == name] or [
        s for _, cell_id, s in notebook.sources if cell_id == name
    ]


def _elsewhere(notebook, names):
    """The cells that are no answer cell."""
    for grade_id, cell_id, source in notebook.sources:
        if grade_id not in names and not (grade_id is None and cell_id in names):
            yield source


def _world(course):
    """The names that the course gives before the first answer, and all its own statements."""
    given, before, statements = set(), True, set()
    for _, source in course:
        before = before and source is not None
        for statement in _statements(source or ""):
            statements.add(statement.text)
            if before:
                given |= statement.bound
    return given, statements


# ------------------------------------------------------------------------------------------- what an answer needs


@dataclass(frozen=True, eq=False)
class _Statement:
    """At the top level of a cell: the lines it stands on, the names it binds ("*" for all of a module), and uses."""

    lines: range
    bound: frozenset
    needs: frozenset
    text: str


def _helpers(parts, pool, known, theirs):
    """(cells that hold only what `parts` need from the cells of `pool`, the names that they give)."""
    inside = [statement for part in parts for statement in _statements(part)]
    known = known | set(dir(builtins)) | IPYTHON | {name for s in inside for name in s.bound}
    cells = [(source, [s for s in _statements(source) if s.bound and s.text not in theirs]) for source in pool]
    ready = [s for _, statements in cells for s in statements]
    needed = {name for s in inside for name in s.needs} - known
    chosen = reached(needed, {s: s.bound for s in ready}, {s: s.needs - known for s in ready})
    needed |= {name for s in chosen for name in s.needs} - known
    if needed - {name for s in chosen for name in s.bound}:
        chosen |= {s for s in ready if "*" in s.bound}
    taken = [(source, [s for s in statements if s in chosen]) for source, statements in cells]
    texts = [_only(source, statements) for source, statements in taken if statements]
    return list(dict.fromkeys(texts)), {name for s in chosen for name in s.bound} & (needed | {"*"})


def _statements(source):
    """All but the bare expressions. Nothing here walks a tree: that of a long sum is too deep for it."""
    tree, lines, found = syntax(_body(source)), _lines(source), {}
    for node in tree.body if tree else ():
        if isinstance(node, ast.Expr):
            continue
        first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
        place, star = range(first, node.end_lineno + 1), isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
        if (place, star) in found:  # one of several on the same lines, which are read as a whole
            continue
        text = "\n".join(lines[first - 1 : node.end_lineno]).strip()
        bound, needs = ({"*"}, set()) if star else _names(text)
        found[place, star] = _Statement(place, frozenset(bound), frozenset(needs), text)
    return list(found.values())


def _names(text):
    """(names that a text binds in the notebook, names that it uses from it, in functions too)."""
    try:
        module = symtable.symtable(text, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # IPython's own syntax, a return, or too deep
        return set(), set()
    bound = {s.get_name() for s in module.get_symbols() if s.is_assigned() or s.is_imported()}
    needs, tables = set(), [module]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        needs |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (table is module or s.is_global())}
    return bound, needs


def _only(source, statements):
    """The cell with everything but these statements blank, so that lines keep their numbers."""
    keep = {line for statement in statements for line in statement.lines}
    return "\n".join(text if number in keep else "" for number, text in enumerate(_lines(source), 1)).rstrip("\n")


def _lines(source):
    """As Python counts them."""
    return _body(source).replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _body(source):
    """The cell without a cell magic that only watches it."""
    head, *rest = source.split("\n", 1)
    return "\n" + rest[0] if rest and head.strip().startswith(TRANSPARENT) else source
