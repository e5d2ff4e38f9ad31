"""Small changes to a solution, one at a time: the mistakes that a learner could make without knowing."""

import ast
import copy

OTHER = {
    **{ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div], ast.Div: [ast.Mult], ast.Pow: [ast.Mult]},
    **{ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt], ast.Gt: [ast.GtE, ast.Lt], ast.Eq: [ast.NotEq]},
}
SWAP = {
    **{"sigmoid": "tanh", "tanh": "sigmoid", "sum": "mean", "mean": "sum", "zeros": "ones", "zeros_like": "ones_like"},
    **{
        "reversed": "list",
        "sqrt": "abs",
        "stack": "cat",
        "cat": "stack",
        "fill_": "add_",
        "clamp": "clip",
        "norm": "sum",
    },
    **{
        "startswith": "endswith",
        "chunk": "split",
        "max": "min",
        "min": "max",
    },
}


def mutants(code):
    """(what was changed, the changed code) for every small change that gives another program."""
    tree, seen = ast.parse(code), {ast.unparse(ast.parse(code))}
    for number, node in enumerate(ast.walk(tree)):
        for choice in range(len(_changes(copy.deepcopy(node)))):
            changed = copy.deepcopy(tree)
            place = next(n for i, n in enumerate(ast.walk(changed)) if i == number)
            _replace(changed, place, _changes(place)[choice])
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text not in seen:
                seen.add(text)
                yield f"line {getattr(node, 'lineno', 0)}: {_difference(code, text)}", text


def _difference(code, text):
    """The first line in which the two programs differ, before and after."""
    before, after = ast.unparse(ast.parse(code)).splitlines(), text.splitlines()
    first = next((i for i, (a, b) in enumerate(zip(before, after)) if a != b), len(after))
    return " -> ".join(lines[first].strip() if first < len(lines) else "" for lines in (before, after))


def _changes(node):
    """Nodes (or lists of statements) that may stand where this one stands."""
    found = []
    if isinstance(node, ast.BinOp):
        found += [ast.BinOp(node.left, other(), node.right) for other in OTHER.get(type(node.op), ())]
        found += [node.left, node.right]  # a dropped term
        if isinstance(node.op, ast.MatMult):
            found += [ast.BinOp(node.right, node.op, node.left)]
    elif isinstance(node, ast.Compare):
        found += [ast.Compare(node.left, [o()], node.comparators) for o in OTHER.get(type(node.ops[0]), ())]
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        found += [ast.Constant(node.value + 1), ast.Constant(node.value - 1)]
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        found += [ast.Constant(not node.value)]
    elif isinstance(node, ast.UnaryOp):
        found += [node.operand]
    elif isinstance(node, ast.IfExp):
        found += [node.body, node.orelse]
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        found += [ast.Call(ast.Attribute(node.value, name), [], []) for name in ("max", "min", "mean")]
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        found += [node.value] if node.attr == "T" else []
        found += [ast.Attribute(node.value, SWAP[node.attr], node.ctx)] if node.attr in SWAP else []
    elif isinstance(node, ast.Name) and node.id in SWAP:
        found += [ast.Name(SWAP[node.id], node.ctx)]
    elif isinstance(node, ast.Call):
        found += [node.args[0]] if len(node.args) == 1 and not node.keywords else []
        found += [node.func.value] if isinstance(node.func, ast.Attribute) else []
        found += [ast.Call(node.func, node.args[::-1], node.keywords)] if len(node.args) == 2 else []
    elif isinstance(node, (ast.Tuple, ast.List)):
        for i in range(len(node.elts) - 1):
            swapped = [*node.elts[:i], node.elts[i + 1], node.elts[i], *node.elts[i + 2 :]]
            found += [type(node)(swapped, node.ctx)]
    elif isinstance(node, ast.AugAssign):
        found += [ast.Assign([node.target], node.value), ast.Pass()]
    elif isinstance(node, ast.Assign):
        found += [ast.Pass()]
    elif isinstance(node, ast.If):
        found += [ast.If(ast.Constant(value), node.body, node.orelse) for value in (True, False)]
    return found


def _replace(tree, old, new):
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if value is old:
                setattr(node, name, new)
            elif isinstance(value, list):
                setattr(node, name, [new if item is old else item for item in value])
