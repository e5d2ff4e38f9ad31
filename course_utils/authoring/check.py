"""What `rnn-course check` looks for: stale translations, broken terms and links, generated files that differ from their
source."""

import csv
import json
import re
import unicodedata
from pathlib import Path

from course_utils import files
from course_utils.authoring import build, fingerprint, navigation, plan, source, symbols
from course_utils.authoring.source import CJK, LANGUAGES, SourceError, digest

COLUMNS = 88  # what a code cell shows at 1280 pixels without a scroll bar
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
# Where Chinese may stand in an English cell: in brackets (a term on first use), in `code`, or in a quoted example.
ALLOWED_CHINESE = re.compile(r"\([^()]*\)|（[^（）]*）|`[^`]*`|“[^”]*”|\]\([^)]*\)|```.*?```", re.S)


def check(root):
    """All complaints about sources and generated files, as lines that name file, line and cell."""
    root = Path(root)
    complaints, expected_files = [], set()
    glossary = read_glossary(root / "source" / "glossary.csv")
    course = plan.read(root)
    notation = symbols.read(root / "source" / "symbols.csv")
    known = {row["id"] for row in read_csv(root / "source" / "checklist.csv")}
    for path in build.sources(root):
        try:
            src = source.read(path)
            made = list(build.targets(src, root))
            complaints += translations(src) + terms(src, glossary) + coverage(src, known) + links(made, root)
            complaints += formulas(src, notation) + optional_sections(src) + width(src)
            complaints += head(src, course.of(src)) + generated(src, made, root)
        except SourceError as error:
            complaints.append(str(error))
            continue
        expected_files |= {path for _, path, _, _ in made}
        if src.is_exercise:
            expected_files |= {build.expected_path(src, lang, root) for lang in LANGUAGES}
    complaints += ragged(root)
    present = {
        p for folder in ("notebooks", "exercises", "solutions") for p in root.glob(f"{folder}/*/*") if p.is_file()
    }
    complaints += [
        f"{p.relative_to(root)}: no source makes this file; delete it" for p in sorted(present - expected_files)
    ]
    return complaints


def ragged(root):
    """Rows of the tables in source/ with more or fewer values than the heading: a comma in a text wants quotes."""
    for path in sorted(Path(root, "source").glob("*.csv")):
        with open(path, encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle))
        for number, row in enumerate(rows, 1):
            if len(row) != len(rows[0]):
                yield f"source/{path.name}: row {number} ({row[0]}) has {len(row)} values, not {len(rows[0])}"


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def read_glossary(path):
    """Rows with lists: zh, en (accepted forms), not_zh (patterns), not_en (forms to avoid)."""
    return [
        {key: [v.strip() for v in row[key].split("/") if v.strip()] for key in ("zh", "en", "not_zh", "not_en")}
        for row in read_csv(path)
    ]


def translations(src):
    """Missing or stale English, and Chinese left in the English notebook."""
    found = []
    for cell in src.cells:
        where = src.where(cell)
        if cell.kind == "markdown":
            if cell.en is None:
                found.append(f"{where}: no English cell follows")
                continue
            if cell.stamp.split(".")[0] != digest(cell.zh):
                found.append(f"{where}: the English is stale; update it, then: rnn-course ack {src.path} {cell.name}")
            left = CJK.search(ALLOWED_CHINESE.sub("", cell.en))
            text = cell.en
        else:
            text = cell.text("en")
            left = None if "chinese-data" in cell.meta.get("tags", ()) else CJK.search(text)
        if left:
            line = next(l for l in text.splitlines() if left[0] in l)
            found.append(f"{where}: Chinese left in the English notebook: {line.strip()[:80]}")
    return found


def terms(src, glossary):
    """Both languages use the glossary's terms: no avoided form, and a Chinese term has its English one in the pair."""
    found = []
    for cell in src.cells:
        if cell.kind != "markdown" or cell.en is None:
            continue
        zh, en = re.sub(r"`[^`]*`", "", cell.zh), re.sub(r"`[^`]*`", "", cell.en)
        for row in glossary:
            found += [
                f"{src.where(cell)}: write {row['zh'][0]!r}, not {wrong[0]!r}"
                for bad in row["not_zh"]
                if (wrong := re.search(bad, zh))
            ]
            found += [
                f"{src.where(cell)}: write {row['en'][0]!r}, not {bad!r}"
                for bad in row["not_en"]
                if re.search(rf"\b{re.escape(bad)}\b", en, re.I)
            ]
            if any(term in zh for term in row["zh"]) and not any(
                re.search(rf"\b{re.escape(term)}", en, re.I) for term in row["en"]
            ):
                english = " / ".join(row["en"])
                found.append(f"{src.where(cell)}: the Chinese says {row['zh'][0]!r}, the English has no {english!r}")
    return found


def head(src, entry):
    """The first cell says the title, the minutes and the stars of source/plan.yaml."""
    points = sum(cell.meta.get("points", 0) for cell in src.cells)
    first = src.cells[0] if src.cells else None
    if first is None or first.kind != "markdown":
        return [f"{src.path}: the first cell is not a Markdown cell with the title"]
    found = []
    for lang in LANGUAGES:
        lines = [line for line in first.text(lang).splitlines() if line.strip()]
        wanted = entry.head(lang, points)
        if not all(line.startswith(begin) for line, begin in zip([*lines, "", ""], wanted)):
            found.append(f"{src.where(first)}: by source/plan.yaml it begins with {wanted[0]!r}, then {wanted[1]!r}")
    return found


def formulas(src, notation):
    """One notation: no symbol written another way, and no table of symbols by hand."""
    found = []
    for cell in src.cells:
        if cell.kind != "markdown":
            continue
        for text in (cell.zh, cell.en or ""):
            found += [
                f"{src.where(cell)}: write {symbol!r}, not {form!r}" for symbol, form in symbols.avoided(text, notation)
            ]
            if re.search(r"^\| *(符号|Symbol) *\|", text, re.M):
                found.append(f"{src.where(cell)}: a table of symbols by hand; use {{symbols: x_t; h_t; …}}")
    return found


def optional_sections(src):
    """A section that the main line can do without says so in its heading, and nothing else does."""
    found = []
    for cell in src.cells:
        if cell.kind != "markdown" or cell.en is None:
            continue
        tagged = "optional" in cell.meta.get("tags", ())
        titles = (re.match(r"##+ .*选读 · ", cell.zh), re.match(r"##+ .*Optional · ", cell.en))
        if any(bool(title) != tagged for title in titles):
            found.append(
                f"{src.where(cell)}: an optional section: tag `optional`, and '选读 · ', 'Optional · ' in its headings"
            )
    return found


def width(src):
    """Code that a learner need not scroll sideways to read: no line over 88 columns, in neither language."""
    found = []
    for cell in src.cells:
        if cell.kind == "code":
            for lang in LANGUAGES:
                found += [
                    f"{src.where(cell)}: {columns(line)} columns in {lang}, at most {COLUMNS}: {line.strip()[:60]}"
                    for line in cell.text(lang).splitlines()
                    if columns(line) > COLUMNS
                ]
    return found


def columns(line):
    """How wide a line is: a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def coverage(src, known):
    return [
        f"{src.where(cell)}: covers {item!r}, which source/checklist.csv does not list"
        for cell in src.cells
        for item in cell.meta.get("covers", [])
        if item not in known
    ]


def links(made, root):
    """Relative links must lead to a file, seen from where the notebook is stored. (The start page has a check of its
    own.)"""
    start = {navigation.START.format(lang) for lang in LANGUAGES}
    found = []
    for _, path, nb, _ in made:
        for cell in nb.cells:
            if cell.cell_type != "markdown":
                continue
            for target in LINK.findall(cell.source):
                if re.match(r"[a-z]+:", target) or target in start:
                    continue
                if not (path.parent / target).exists():
                    found.append(f"{path.relative_to(root)}: cell {cell.id!r}: link leads nowhere: {target}")
    return found


def generated(src, made, root):
    """Generated notebooks equal their source in everything but outputs, and their outputs are complete and clean."""
    found = []
    for _, path, nb, executed in made:
        name = path.relative_to(root)
        if not path.exists():
            found.append(f"{name}: not built yet; run: rnn-course build")
            continue
        try:
            stored = source.load(path)
        except Exception as error:
            found.append(f"{name}: unreadable ({error}); run: rnn-course build {src.path.stem}")
            continue
        now, before = build.made_from(nb), build.made_from(stored)
        if executed and before and (changed := fingerprint.changed(before, now)):
            found.append(f"{name}: {' and '.join(changed)} changed; run: rnn-course build")
        elif source.dumps(source.stripped(stored)) != source.dumps(nb):
            found.append(f"{name}: differs from its source; run: rnn-course build")
        if executed:
            found += stored_outputs(stored, name)
    if src.is_exercise:
        for lang in LANGUAGES:
            path = build.expected_path(src, lang, root)
            if not path.exists() or path.read_text(encoding="utf-8") != build.expected_text(src, lang):
                found.append(f"{path.relative_to(root)}: differs from its source; run: rnn-course build")
    return found


def stored_outputs(nb, name):
    found = []
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        if cell.execution_count is None:
            found.append(f"{name}: cell {cell.id!r} has not been executed")
        for output in cell.outputs:
            text = json.dumps(output, ensure_ascii=False)
            if output.output_type == "error" or output.get("name") == "stderr":
                found.append(f"{name}: cell {cell.id!r}: stored error or stderr")
            if re.search(r"CLAIM \S+ False", text):
                found.append(f"{name}: cell {cell.id!r}: a claim is False")
            if re.search(r"Glyph \d+ .*missing", text):
                found.append(f"{name}: cell {cell.id!r}: missing glyphs")
    return found


def acknowledge(path, names, reviewed=False):
    """Stamp the English of the named cells as a translation of the present Chinese; without names, those never stamped.

    Raises SourceError naming what is wrong; then nothing is stamped.

    reviewed   stamp an English cell that has not changed since its last stamp (it was read and is still right)
    """
    src = source.read(path)
    by_name = {cell.name: cell for cell in src.cells}
    lines = Path(path).read_text(encoding="utf-8").splitlines(keepends=True)
    for name in names or [c.name for c in src.cells if c.en is not None and not c.stamp]:
        cell = by_name.get(name)
        if cell is None or cell.kind != "markdown":
            raise SourceError(f"{path}: no Markdown cell is named {name!r}")
        if cell.en is None:
            raise SourceError(f"{src.where(cell)}: has no English cell to stamp")
        zh, _, en = cell.stamp.partition(".")
        if en == digest(cell.en) and zh != digest(cell.zh) and not reviewed:
            raise SourceError(
                f"{src.where(cell)}: the English has not changed since it was last stamped; "
                "if you read it and it is still right: --reviewed"
            )
        at = next(k for k in range(cell.line, len(lines)) if lines[k].startswith("# %%"))
        stamp = f'of="{digest(cell.zh)}.{digest(cell.en)}"'
        lines[at] = (
            re.sub(r'of="[^"]*"', stamp, lines[at]) if "of=" in lines[at] else lines[at].rstrip("\n") + f" {stamp}\n"
        )
    files.write(path, "".join(lines))
