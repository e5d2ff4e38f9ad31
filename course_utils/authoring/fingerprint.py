"""What a stored notebook was made from: five short hashes in its metadata, which `build` and `check` compare.

    code       the code cells of its language, without comments and docstrings
    helpers    the course_utils modules that this code imports, directly or through others, read the same way
    pages      the explorables that code and helpers show by `Explorer("name")`, with base.css, base.js and
               their stills, and what the chapter's file of questions asks
    data       the files of datasets/ and course_utils/questions whose name stands in a string of code or helpers, the
               data that those pages bring along, the implementations that `judge("E06")` runs, and what a claim says
               about a bet
    versions   the packages of constraints.txt that code or helpers import or name, as pinned there

A difference in `pages` alone needs no kernel (`rerender.py`); any other does. Prose is in none of them.
"""

import ast
import hashlib
import io
import json
import re
import tokenize
from functools import cache
from pathlib import Path

import yaml
from IPython.core.inputtransformer2 import TransformerManager

from course_utils import known
from course_utils.authoring import imports
from course_utils.authoring.source import SourceError, digest, notebook
from course_utils.explore.explorer import DATA

KINDS = ("code", "helpers", "pages", "data", "versions")
BASE = ("base.css", "base.js")
ASKING = ("quiz", "predict", "bets_summary", "claim", "settle")  # calls that use the chapter's questions
TOLD = {"measured", "control", "unit", "value"}  # of a bet: what its claim says


def of(source, lang, root):
    """The fingerprint of the notebook made from `source` (a Source) in that language: kind -> hash."""
    root, cells, helpers, trees = _parts(source, lang, root)
    shown = [(path.name, _read(path)) for path in _pages(trees, root)]
    data = [(name, DATA.search(text)[1]) for name, text in shown]
    asked, said = _questions(source, trees[0], root)
    return {
        "code": code(cells),
        "helpers": _digest((path.relative_to(root).as_posix(), bare(_read(path))) for path in helpers),
        "pages": _digest([*_looks(shown, lang, root), asked]),
        "data": _digest([*data, said, *_data_files(trees, root), *_implementations(trees[0], root)]),
        "versions": _digest(_packages(trees, root)),
    }


def packages(source, lang, root):
    """package -> the pinned version, for those that decide the outputs."""
    root, _, _, trees = _parts(source, lang, root)
    return dict(_packages(trees, root))


def _parts(source, lang, root):
    """root, (id, text) of the cells, paths of the helpers, and trees: of all cells, then of each helper."""
    root, cells = Path(root), code_cells(notebook(source, lang))
    tree = _tree(bare(text) for _, text in cells)
    helpers = imports.closure(tree, root)
    return root, cells, helpers, [tree, *(imports.parsed(bare(_read(path))) for path in helpers)]


def combined(made_from):
    """One short string for a whole fingerprint."""
    return _digest(made_from.items())


def changed(stored, now):
    """The kinds that differ, in the order of KINDS; all of them where nothing is stored."""
    stored = stored or {}
    return [kind for kind in KINDS if stored.get(kind) != now[kind]]


def code_cells(nb):
    """(id, text) of the code cells of a notebook."""
    return [(cell.id, cell.source) for cell in nb.cells if cell.cell_type == "code"]


def code(cells):
    """The hash of (id, text) pairs."""
    return _digest((id, bare(text)) for id, text in cells)


# ------------------------------------------------------------------------------------------ text that has no effect


@cache
def bare(text):
    """Python without comments, docstrings and blank lines; text that is no Python stays whole.

    Cut from the text rather than printed from its tree, so that every Python version gives the same."""
    try:
        tree = ast.parse(text)
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (SyntaxError, tokenize.TokenError):
        return text
    lines = text.splitlines(keepends=True)
    cuts = [(*token.start, *token.end) for token in tokens if token.type == tokenize.COMMENT]
    cuts += [_position(node, lines) for node in map(_docstring, ast.walk(tree)) if node]
    inside_strings = {
        number
        for node in ast.walk(tree)
        if isinstance(node, (ast.Constant, ast.JoinedStr))
        for number in range(node.lineno + 1, node.end_lineno + 1)
    }
    touched = {cut[0] for cut in cuts}
    for first, start, last, end in sorted(cuts, reverse=True):
        lines[first - 1 : last] = [lines[first - 1][:start] + lines[last - 1][end:]] + [""] * (last - first)
    kept = (
        line.rstrip() if number in touched else line.rstrip("\n")
        for number, line in enumerate(lines, 1)
        if line.strip() or (number in inside_strings and not any(a <= number <= b for a, _, b, _ in cuts))
    )
    return "\n".join(kept)


def _docstring(node):
    """Where other statements follow it: a cell that is nothing but a text shows it, and a body cannot be empty."""
    if not isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or len(node.body) < 2:
        return None
    first = node.body[0]
    return first if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str) else None


def _position(node, lines):
    """As tokenize counts: columns in characters, not in bytes."""

    def column(line, offset):
        return len(lines[line - 1].encode()[:offset].decode())

    return (
        node.lineno,
        column(node.lineno, node.col_offset),
        node.end_lineno,
        column(node.end_lineno, node.end_col_offset),
    )


# ------------------------------------------------------------------------------------------ what code names


def _tree(cells):
    """One tree of all cells, since a name imported in one is used in others. A cell that is no Python is left out:
    executing it will say where."""
    body = []
    for text in cells:
        try:
            body += ast.parse(TransformerManager().transform_cell(text)).body  # magics become calls
        except SyntaxError:
            continue
    return ast.Module(body, [])


def _calls(tree, *names):
    """(the first argument, if it is written out, else None) of each call of a function of one of these names."""
    for node in imports.nodes(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names:
            yield getattr(node.args[0], "value", None) if node.args else None


def _strings(trees):
    return {
        node.value
        for tree in trees
        for node in imports.nodes(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _pages(trees, root):
    """Paths of the explorables shown; all of them where a name is not written out."""
    folder = root / imports.PACKAGE / "explore" / "pages"
    names = {name for tree in trees for name in _calls(tree, "Explorer")}
    return [path for path in sorted(folder.glob("*.html")) if None in names or path.stem in names]


def _looks(shown, lang, root):
    folder = root / imports.PACKAGE / "explore"
    if shown:
        yield from ((name, _read(folder / "pages" / name)) for name in BASE)
    for name, text in shown:
        yield name, DATA.sub("", text)
        for still in folder.glob(f"stills/{Path(name).stem}.{lang}.png"):  # for viewers that drop frames
            yield still.name, hashlib.sha256(still.read_bytes()).hexdigest()


def _questions(source, tree, root):
    """The chapter's questions, (what is asked, what a claim says): the second is filled with measured numbers, which
    only the kernel knows. Both None for a notebook that asks nothing."""
    number = source.path.stem.split("_")[0]
    path = next((root / imports.PACKAGE / "questions").glob(f"{number}_*.yaml"), None)
    if path is None or not any(True for _ in _calls(tree, *ASKING)):
        return None, None
    try:
        content = yaml.safe_load(_read(path)) or {}
        bets = content.pop("bets", None) or {}
        said = {id: {key: bet.pop(key) for key in TOLD & set(bet)} for id, bet in bets.items()}
        said |= content.pop("claims", None) or {}
    except (yaml.YAMLError, AttributeError, TypeError) as error:
        raise SourceError(f"{path}: {error}") from error
    return [content, bets], said


def _data_files(trees, root):
    strings = _strings(trees)
    for path in sorted([*root.glob("datasets/*"), *root.glob(f"{imports.PACKAGE}/questions/*.yaml")]):
        if path.is_file() and any(path.name in text for text in strings):
            yield path.name, hashlib.sha256(path.read_bytes()).hexdigest()


def _implementations(tree, root):
    for exercise in sorted(filter(None, _calls(tree, "judge"))):
        for path in sorted((root / "source" / "exercises").glob(f"{exercise}_*.py")):
            yield known.solution(path)
        for path in sorted((root / "source" / "answers").glob(f"{exercise}_*.py")):
            yield [(answer.why, answer.code) for answer in known.read(path)]


def _packages(trees, root):
    """(package, pinned version) for what is imported or named by a string."""
    named = _strings(trees) | {module.split(".")[0] for tree in trees for module, _, _ in imports.imports(tree, "")}
    file = root / "constraints.txt"
    pinned = re.findall(r"(?m)^([\w.-]+)==(\S+)", _read(file)) if file.exists() else []
    return [(name, version) for name, version in pinned if name.replace("-", "_") in named]


def _read(path):
    return path.read_text(encoding="utf-8")


def _digest(parts):
    return digest(json.dumps(list(parts), ensure_ascii=False, sort_keys=True, default=str))
