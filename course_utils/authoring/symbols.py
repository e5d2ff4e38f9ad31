"""The course's notation, one table as data (source/symbols.csv), from which every chapter's table is made."""

import csv
import re
from pathlib import Path

from course_utils.language import side

PLACE = re.compile(r"^\{symbols: (.+)\}$", re.M)
HEADER = {"zh": "| 符号 | 含义 | 形状 | 在 PyTorch 里 |", "en": "| Symbol | Meaning | Shape | In PyTorch |"}
PARTS = ("meaning", "shape", "pytorch")
MATH = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.S)


def read(path):
    """symbol -> row. A row has meaning, shape and pytorch (`中文 || English`, or one text for both) and `not`, the
    other notations that the course avoids, a list."""
    with open(path, encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return {row["symbol"]: row | {"not": [form for form in row["not"].split("/") if form]} for row in rows}


def file_of(source_path):
    """Where the table of a source file lies: two folders up, beside the glossary."""
    return Path(source_path).parents[1] / "symbols.csv"


def expand(text, lang, path):
    """`text` with each line `{symbols: x_t; h_t; …}` replaced by the table of these symbols in `lang`.

    path: the CSV. ValueError for a symbol that it does not list."""

    def table(match):
        rows = read(path)
        wanted = [symbol.strip() for symbol in match[1].split(";")]
        if unknown := [symbol for symbol in wanted if symbol not in rows]:
            raise ValueError(f"{path.name} lists no symbol {', '.join(map(repr, unknown))}")
        lines = [[f"${symbol}$", *(side(rows[symbol][part], lang) for part in PARTS)] for symbol in wanted]
        return "\n".join([HEADER[lang], "|---|---|---|---|", *(f"| {' | '.join(line)} |" for line in lines)])

    return PLACE.sub(table, text)


def avoided(text, rows):
    """(symbol, other notation) for each notation in the mathematics of `text` that another symbol stands for."""
    formulas = " ".join(MATH.findall(text))
    return [(symbol, form) for symbol, row in rows.items() for form in row["not"] if form in formulas]
