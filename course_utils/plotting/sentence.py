"""A line of text as a small picture."""

import base64
import io
import unicodedata

from matplotlib.figure import Figure
from PIL import Image

from .style import font_family

COLUMNS = 84  # of half a character's height; a Chinese character counts two
SCALE = 2  # pixels for each pixel shown: sharp on dense screens


def sentence(text):
    """`text`, wrapped -> (PNG in base64, width and height to show it at)."""
    lines = _wrapped(text)
    width, height = 720, 20 * len(lines) + 6
    figure = Figure(figsize=(width / 100, height / 100), dpi=100 * SCALE, facecolor="white")
    figure.text(
        0.004,
        0.5,
        "\n".join(lines),
        fontsize=9.5,
        color="#1f2328",
        va="center",
        family=font_family(),
        linespacing=1.35,
        parse_math=False,
    )
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    small = io.BytesIO()
    Image.open(drawn).convert("L").quantize(16).save(small, format="png", optimize=True)
    return base64.b64encode(small.getvalue()).decode(), width, height


def _wrapped(text):
    """Lines of at most COLUMNS columns, broken at spaces or between Chinese characters."""
    lines, line, used = [], "", 0
    for word in _words(text):
        columns = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in word)
        if line and used + columns > COLUMNS:
            lines.append(line.rstrip())
            line, used = "      ", 6
        line, used = line + word, used + columns
    return [*lines, line.rstrip()]


def _words(text):
    word = ""
    for c in text:
        if unicodedata.east_asian_width(c) in "WF" or c == " ":
            yield word + c
            word = ""
        else:
            word += c
    yield word
