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
    code = ast.unparse(Apart().visit(ast.parse(ast.unparse(statement))))
    table = symtable.symtable(code, "cell", "exec")
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    return bound, free_in(table)


class Apart(ast.NodeTransformer):
    """Comprehensions in functions of their own: from Python 3.12 on their variables are in the table around them."""

    def apart(self, node):
        self.generic_visit(node)
        nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        return ast.Call(func=ast.Lambda(args=nothing, body=node), args=[], keywords=[])

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = apart


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


IN_PLACE = {"double", "float", "half", "load_state_dict"}  # methods that change a module itself


def trained_or_converted(codes):
    """(name of cell, module) for every cell that changes a module of an earlier cell in place: run twice, it starts
    from what it left behind. `codes` is (name, code) of each cell; a module is known by being called."""
    trees = [(name, ast.parse(code)) for name, code in codes]
    called = {n.func.id for _, tree in trees for n in ast.walk(tree) if isinstance(n, ast.Call) and _is_name(n.func)}
    found, earlier = [], set()
    for name, tree in trees:
        here = names(tree)[0]
        for node in [n for statement in tree.body if not _defines(statement) for n in ast.walk(statement)]:
            changed = _changed(node)
            if changed in (earlier & called) - here:
                found.append((name, changed))
        earlier |= here
    return found


def _is_name(node):
    return isinstance(node, ast.Name)


def _defines(statement):
    return isinstance(statement, (ast.FunctionDef, ast.ClassDef))


def _changed(node):
    """The module that a call changes: the x of x.double(), fit(x, …) and Adam(x.parameters()); else None."""
    if not isinstance(node, ast.Call):
        return None
    method, first = node.func, next(iter(node.args), None)
    if isinstance(method, ast.Attribute) and method.attr in IN_PLACE and _is_name(method.value):
        return method.value.id
    if _is_name(method) and method.id == "fit" and _is_name(first):
        return first.id
    parameters = first.func if isinstance(first, ast.Call) and isinstance(first.func, ast.Attribute) else None
    if parameters is not None and parameters.attr == "parameters" and ast.unparse(method).startswith("torch.optim"):
        return parameters.value.id if _is_name(parameters.value) else None
    return None


@pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem.split("_")[0] for path in CHAPTERS])
def test_no_cell_changes_the_model_of_an_earlier_one(path):
    codes = [(cell.name, cell.text("en")) for cell in source.read(path).cells if cell.kind == "code"]
    assert trained_or_converted(codes) == []


@pytest.mark.parametrize(
    "second, wrong",
    [
        ("fit(m, loss, batches)", ["m"]),
        ("o = torch.optim.Adam(m.parameters(), lr=0.1)", ["m"]),
        ("y = m.double()(x)", ["m"]),
        ("twin = copy.deepcopy(m).double()\nfit(twin, loss, batches)", []),
        ("m = net()\nfit(m, loss, batches)", []),
        ("def again(m):\n    fit(m, loss, batches)", []),
        ("y = x.double()", []),
    ],
)
def test_it_sees_a_model_that_is_changed(second, wrong):
    assert trained_or_converted([("1", "m = net()\nx = data()\ny = m(x)"), ("2", second)]) == [("2", w) for w in wrong]


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
