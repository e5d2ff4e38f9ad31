"""Stored outputs made again from changed pages, without a kernel.

An explorable keeps the data that it was stored with: its page holds them between `/*DATA*/` and `/*END*/`. What shows
questions is made afresh from their file, which takes arguments that are written out in the cell.
"""

import ast
import contextlib
import html
import json
import os
import re

from IPython.core.formatters import DisplayFormatter

from course_utils import explore, language
from course_utils.authoring.source import NAMES
from course_utils.explore.explorer import DATA

SHOWN = re.compile(r"Explorer\('([\w-]+)'\)")
FRAME = re.compile(r'<iframe srcdoc="([^"]*)"[^>]*?height:(\d+)px')
ASKED = ("quiz", "predict", "bets_summary", "assessment", "certificate", "gallery")
WIDGET = "application/vnd.jupyter.widget-view+json"  # a random model id, never stored


class NeedsKernel(Exception):
    """A stored page cannot be made again from what is stored."""


def pages(outputs, code, lang):
    """The outputs of one cell with every page in them made again. Raises NeedsKernel where only executing helps."""
    with as_stored(lang):
        return [_renewed(output, code) for output in outputs]


def _renewed(output, code):
    data = output.get("data", {})
    asked = _asked(code)
    if asked and output.output_type == "execute_result":
        output.data = shown(asked)
    elif match := SHOWN.fullmatch(data.get("text/plain", "")):
        output.data = shown(_explorer(match[1], data["text/html"]))
    return output


def _explorer(name, markup):
    frame = FRAME.search(markup)
    stored = frame and DATA.search(html.unescape(frame[1]))
    if not stored:
        raise NeedsKernel(name)
    return explore.Explorer(name, int(frame[2]), **json.loads(stored[1]))


def _asked(code):
    """The quiz, bet or summary of bets that ends the cell, if it ends with one."""
    body = ast.parse(code).body
    call = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    if not isinstance(call, ast.Call) or getattr(call.func, "id", "") not in ASKED:
        return None
    try:
        arguments = [ast.literal_eval(argument) for argument in call.args]
        named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    except ValueError:  # a value that only the kernel knows
        raise NeedsKernel(call.func.id) from None
    return getattr(explore, call.func.id)(*arguments, **named)


def shown(thing):
    """What a notebook stores of a thing that ends a cell: kind -> content, without what differs on every run."""
    data, _ = DisplayFormatter().format(thing)
    return {kind: content for kind, content in data.items() if kind != WIDGET}


@contextlib.contextmanager
def as_stored(lang):
    """As in the kernel that stores outputs."""
    before, storing = language.code(), os.environ.get("COURSE_STORE")
    language.use(NAMES[lang])
    os.environ["COURSE_STORE"] = "1"
    try:
        yield
    finally:
        language.use(NAMES[before])
        os.environ.pop("COURSE_STORE")
        if storing is not None:
            os.environ["COURSE_STORE"] = storing
