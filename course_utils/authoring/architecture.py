"""The picture of docs/architecture.md: who imports whom in course_utils, drawn from the imports themselves.

A box is a module, or a package with everything in it. An arrow leads from what imports to what is imported; one that
follows from others is left out.
"""

import html
from pathlib import Path

from course_utils import files
from course_utils.authoring import imports
from course_utils.language import side

FILES = {"zh": "docs/img/architecture.zh.svg", "en": "docs/img/architecture.svg"}
ROOMS = {"grading.box"}  # packages inside a package that have a box of their own
# From above to below; what is not named stands on the lowest floor. Arrows may lead down or stay on a floor.
FLOORS = [
    ("命令 || commands", {"cli", "lab", "doctor"}),
    ("关于笔记本的工具 || tools about notebooks", {"authoring", "grading", "grading.box"}),
    ("笔记本用的 || what notebooks use", {"checks", "exercise", "explore", "data", "plotting", "training"}),
    ("大家用的 || what all share", set()),
]
WIDTH, HEIGHT, GAP, FLOOR = 108, 30, 14, 118  # of a box, between boxes, from floor to floor (pixels)


def graph(root):
    """unit -> the units that it imports, with what follows from others. Units are as in the picture."""
    known = imports.modules(root)
    found = {unit(module): set() for module in known if module != imports.PACKAGE}
    for module, path in known.items():
        if module == imports.PACKAGE:
            continue
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        for where, name, _ in imports.imports(imports.tree_of(path), package):
            target = f"{where}.{name}" if f"{where}.{name}" in known else where
            if target in known and target != imports.PACKAGE:
                found[unit(module)].add(unit(target))
    return {one: others - {one} for one, others in sorted(found.items())}


def unit(module):
    """ "course_utils.grading.box.jobs" -> "grading.box" """
    parts = module.split(".")[1:]
    return ".".join(parts[:2]) if ".".join(parts[:2]) in ROOMS else parts[0]


def reachable(graph, start):
    """All units that `start` imports, directly or through others."""
    found, todo = set(), list(graph[start])
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += graph[one]
    return found


def arrows(graph):
    """(from, to) without those that follow from others."""
    return [
        (one, to)
        for one, others in graph.items()
        for to in sorted(others)
        if not any(to in reachable(graph, other) for other in others - {to})
    ]


def floors(graph):
    """The units on each floor, from left to right."""
    named = set().union(*(names for _, names in FLOORS))
    return [sorted(n for n in graph if n in names or (not names and n not in named)) for _, names in FLOORS]


def svg(root, lang):
    """The picture with its titles in that language."""
    units = graph(root)
    rows = floors(units)
    wide = max(len(row) for row in rows) * (WIDTH + GAP) + GAP
    place = {}
    for floor, row in enumerate(rows):
        left = (wide - len(row) * (WIDTH + GAP) + GAP) / 2
        for k, name in enumerate(row):
            place[name] = (left + k * (WIDTH + GAP), 34 + floor * FLOOR)
    high = 34 + (len(rows) - 1) * FLOOR + HEIGHT + 40
    says = side("course_utils 里谁导入谁 || Who imports whom in course_utils", lang)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="12" '
        f'role="img" aria-label="{says}">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#57606a"/></marker></defs>',
        f'<rect width="{wide}" height="{high}" fill="#ffffff"/>',
    ]
    for floor, (title, _) in enumerate(FLOORS):
        top = 8 + floor * FLOOR
        parts.append(f'<rect x="2" y="{top}" width="{wide - 4}" height="{HEIGHT + 34}" rx="8" fill="#f1f4f8"/>')
        parts.append(f'<text x="12" y="{top + 17}" fill="#57606a">{html.escape(side(title, lang))}</text>')
    parts += [_arrow(place[one], place[to]) for one, to in arrows(units)]
    for name, (x, y) in place.items():
        parts.append(
            f'<rect x="{x:g}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5" fill="#ffffff" stroke="#0969da"/>'
        )
        parts.append(f'<text x="{x + WIDTH / 2:g}" y="{y + 19}" text-anchor="middle" fill="#1f2328">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _arrow(start, end):
    (x1, y1), (x2, y2) = start, end
    x1, x2 = x1 + WIDTH / 2, x2 + WIDTH / 2
    if y1 == y2:  # on one floor: a bow above the boxes, leaving beside the place where others arrive
        x1 += WIDTH / 3 if x2 > x1 else -WIDTH / 3
        path = f"M{x1:g} {y1}C{x1:g} {y1 - 24} {x2:g} {y2 - 24} {x2:g} {y2}"
    else:
        y1, bend = y1 + HEIGHT, (y2 - y1 - HEIGHT) / 2
        path = f"M{x1:g} {y1}C{x1:g} {y1 + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2}"
    return f'<path d="{path}" fill="none" stroke="#57606a" stroke-opacity="0.7" marker-end="url(#tip)"/>'


def stale(root):
    """Complaints about pictures that differ from the imports."""
    return [
        f"{name}: the imports have changed; run: rnn-course build"
        for lang, name in FILES.items()
        if not Path(root, name).exists() or Path(root, name).read_text(encoding="utf-8") != svg(root, lang)
    ]


def update(root):
    """Draw again what differs. Returns the names of the files that changed."""
    changed = []
    for lang, name in FILES.items():
        path, text = Path(root, name), svg(root, lang)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            files.write(path, text)
            changed.append(name)
    return changed
