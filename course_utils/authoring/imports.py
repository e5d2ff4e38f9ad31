"""Which modules of course_utils some code imports. Read from its syntax; nothing is imported to find out."""

import ast
from functools import cache
from pathlib import Path

PACKAGE = "course_utils"


@cache
def parsed(text):
    return ast.parse(text)


@cache
def nodes(tree):
    """All nodes of a tree, walked once."""
    return list(ast.walk(tree))


def tree_of(path):
    return parsed(path.read_text(encoding="utf-8"))


def modules(root):
    """Dotted name -> path of every module of the package below `root`."""
    found = {}
    for path in sorted(Path(root, PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(tree, package):
    """(module, name, alias) for each import in the tree, relative ones made absolute: `from m import n as a` gives
    (m, n, a), `import m` gives (m, None, m)."""
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((item.name, None, item.asname or item.name) for item in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((module, item.name, item.asname or item.name) for item in node.names)


def closure(tree, root):
    """Sorted paths of the modules that this code imports, directly or through others.

    An `__init__.py` that does nothing but import is a table of contents: of `data.first_names` only the module that
    holds `first_names` counts, so that a new loader leaves alone the notebooks that do not use it."""
    known, found, seen = modules(root), set(), set()
    todo = list(_uses(tree, "", known))
    while todo:
        use = module, name = todo.pop()
        if use in seen or module not in known:
            continue
        seen.add(use)
        path, tree = known[module], tree_of(known[module])
        parent, is_package = module.rpartition(".")[0], path.name == "__init__.py"
        if parent in known and not _is_contents(tree_of(known[parent])):
            todo.append((parent, None))
        if is_package and _is_contents(tree):
            listed = [entry for entry in imports(tree, module) if name in (None, entry[2])]
            todo += [_target(where, what, known) for where, what, _ in listed]
        else:
            found.add(path)
            todo += _uses(tree, module if is_package else parent, known)
            listed = []
        if name and not listed:
            todo.append((f"{module}.{name}", None))
    return sorted(found)


def _uses(tree, package, known):
    """(module, name) of what the code takes from elsewhere; name is None where it may be anything."""
    for module, name, alias in imports(tree, package):
        target = _target(module, name, known)
        if name and target[1] is None:  # a whole module: what is used of it?
            yield from ((target[0], attribute) for attribute in _attributes(tree, alias))
        else:
            yield target


def _target(module, name, known):
    if name is None or name == "*":
        return module, None
    return (f"{module}.{name}", None) if f"{module}.{name}" in known else (module, name)


def _attributes(tree, alias):
    """The names x in `alias.x`; with None among them where `alias` is used in any other way."""
    reached = {
        id(n.value): n.attr
        for n in nodes(tree)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == alias
    }
    loads = [n for n in nodes(tree) if isinstance(n, ast.Name) and n.id == alias]
    return {reached.get(id(node)) for node in loads} or {None}


def _is_contents(tree):
    """Nothing but imports, `__all__` and a docstring."""
    return all(
        isinstance(node, (ast.Import, ast.ImportFrom))
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.Assign) and [getattr(t, "id", "") for t in node.targets] == ["__all__"])
        for node in tree.body
    )
