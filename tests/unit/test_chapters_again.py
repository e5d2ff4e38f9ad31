"""Running an earlier cell of a chapter again must not break it: what it reads must still be what it read at first.

Every chapter's code is read, not run: for each cell, the globals that it needs from earlier cells (also through the
functions it calls) must not be bound anew by itself or by a later cell."""

import ast
import builtins
import symtable

import pytest

from course_utils.authoring import source
from course_utils.files import ROOT

CHAPTERS = sorted((ROOT / "source" / "chapters").glob("*.py"))


class Cell:
    """What one cell binds at its top level, what it reads before binding it, and what its functions read."""

    def __init__(self, name, code):
        self.name, self.binds, self.reads, self.needs, self.functions = name, set(), set(), set(), {}
        for statement in ast.parse(code).body:
            if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                self.functions[statement.name] = free(ast.unparse(statement))
                outside = [*statement.decorator_list, *getattr(statement, "bases", [])]
                self.needs |= {n.id for node in outside for n in ast.walk(node) if isinstance(n, ast.Name)} - self.binds
                self.binds.add(statement.name)
                continue
            binds, reads = names(statement)
            if isinstance(statement, (ast.For, ast.With, ast.While, ast.If, ast.Try)):
                reads -= binds  # a loop's variable and the like are bound before they are read
            self.reads |= reads
            self.needs |= reads - self.binds
            self.binds |= binds


def names(statement):
    """(bound, read) at the top level: comprehensions and lambdas keep their own variables to themselves."""
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    return bound, free_in(table)


def free(code):
    return free_in(symtable.symtable(code, "cell", "exec"), top=False)


def free_in(table, top=True):
    """The global names that a symbol table and everything nested in it read."""
    found = set()
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module" and top):
            found.add(symbol.get_name())
    for child in table.get_children():
        found |= free_in(child)
    return found - set(dir(builtins))


def hazards(cells):
    """(cell, name, cell that binds the name anew) for everything a second run would read differently."""
    found, functions, bound = [], {}, {}
    for k, cell in enumerate(cells):
        functions |= cell.functions
        needs, todo = set(cell.needs), list(cell.reads | cell.needs)
        while todo:  # what the functions it uses read when they are called
            for name in functions.get(todo.pop(), set()) - needs - cell.binds:
                needs.add(name)
                todo.append(name)
        for name in sorted(needs & set(bound)):
            found += [(cell.name, name, later.name) for later in cells[k:] if name in later.binds]
        bound |= dict.fromkeys(cell.binds, cell.name)
    return found


def code_cells(path):
    return [Cell(cell.name, cell.text("en")) for cell in source.read(path).cells if cell.kind == "code"]


@pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem.split("_")[0] for path in CHAPTERS])
def test_no_cell_reads_what_a_later_one_binds_anew(path):
    assert hazards(code_cells(path)) == []


@pytest.mark.parametrize(
    "codes, wrong",
    [
        (["x = 1", "y = x", "x = 2"], [("1", "x", "2")]),
        (["x = 1", "x = x + 1"], [("1", "x", "1")]),
        (["T = 3", "def f(): return T", "y = f()", "for T in (1, 2): print(T)"], [("2", "T", "3")]),
        (["T = 3", "def f(): return T\ny = f()", "T = 4"], [("1", "T", "2")]),
        (["x = 1", "y = x", "z = [x for x in (1, 2)]"], []),
        (["x = 1", "y = x", "def f(x): return x"], []),
        (["x = 1", "x = 2\ny = x", "x = 3"], []),
        (["for t in (1,): print(t)", "for t in (2,): print(t)"], []),
    ],
)
def test_it_sees_what_a_second_run_would_read(codes, wrong):
    assert hazards([Cell(str(k), code) for k, code in enumerate(codes)]) == wrong
