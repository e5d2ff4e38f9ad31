"""`rnn-course cards`: flash cards for spaced repetition, as a table (CSV) and as an Anki package: one for every term of
the glossary that has a line, and one for every chapter's three lines to remember.

They are read from what learners have as well: explore/course.json and the notebooks."""

import csv
import hashlib
import html
import importlib.util
import io
import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from course_utils import language
from course_utils.authoring import source
from course_utils.authoring.handout import hand_out
from course_utils.files import PACKAGE, ROOT
from course_utils.language import say

SUMMARY = re.compile(r"^## (?:记住三句话|Three lines to remember)\n(.*)", re.S | re.M)
LINE = re.compile(r"^\d\. (.+)$", re.M)
FORMULA = re.compile(r"\$([^$]+)\$")
COURSE = PACKAGE / "explore" / "course.json"  # made by start.py; without explore, which needs torch
INSTALL = "pip install -c constraints.txt -e '.[cards]'"


@dataclass(frozen=True)
class Card:
    """front, back: Markdown with formulas in $…$; tags: as Anki takes them."""

    front: str
    back: str
    tags: tuple


def write(arguments):
    """0, or 2 where a file exists already or cannot be written. Without genanki, the table alone."""
    return hand_out("cards", arguments, lambda: _files(arguments.lang))


def _files(lang):
    made = cards(ROOT, lang)
    files = {f"cards.{lang}.csv": table(made)}
    if importlib.util.find_spec("genanki"):
        files[f"cards.{lang}.apkg"] = anki(made, lang)
    else:
        print(f"no Anki package: it needs genanki. Run: {INSTALL}", file=sys.stderr)
    return files


def cards(root, lang):
    """All cards of one language: the terms in the glossary's order, then the chapters' lines in theirs."""
    course = json.loads(COURSE.read_text(encoding="utf-8"))[lang]
    return [*map(_term, course["terms"]), *_lines(Path(root), lang)]


def _term(term):
    name, other = (term["en"], term["zh"]) if language.code() == "en" else (term["zh"], term["en"])
    chapter = next(iter(term["chapters"]), "")
    return Card(name, f"{other}: {term['line']}" if other != name else term["line"], _tags("term", chapter))


def _lines(root, lang):
    for path in sorted((root / "notebooks" / lang).glob("[0-9]*_*.ipynb")):
        cells = source.load(path).cells
        title = next(re.search(r"^# (.+)$", cell.source, re.M)[1] for cell in cells if cell.source.startswith("# "))
        found = next(filter(None, (SUMMARY.search(cell.source) for cell in cells)), None)
        lines = LINE.findall(found[1]) if found else []
        if lines:
            front = say(f"{title}：要记住的三句话是？", f"{title}: which are the three lines to remember?")
            yield Card(front, "\n".join(lines), _tags("lines", path.name.split("_")[0]))


def _tags(kind, chapter):
    return tuple(filter(None, [f"rnn::{kind}", chapter and f"rnn::chapter{chapter}"]))


def table(cards):
    """Columns front, back, tags; in UTF-8 with a mark, as spreadsheets need it for Chinese."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(["front", "back", "tags"])
    writer.writerows([card.front, card.back, " ".join(card.tags)] for card in cards)
    return buffer.getvalue().encode("utf-8-sig")


def anki(cards, lang):
    """An Anki package as bytes. A card keeps its place in the learner's schedule when it is imported again: its id
    comes from its front."""
    import genanki

    model = genanki.Model(
        _id(f"model {lang}"),
        f"rnn-course ({lang})",
        fields=[{"name": "Front"}, {"name": "Back"}],
        templates=[{"name": "Card", "qfmt": "{{Front}}", "afmt": "{{FrontSide}}<hr id=answer>{{Back}}"}],
        css=".card { font-family: sans-serif; font-size: 20px; text-align: left; }",
    )
    deck = genanki.Deck(_id(f"deck {lang}"), say("循环神经网络互动课", "Recurrent networks, the course"))
    for card in cards:
        note = genanki.Note(
            model=model,
            fields=[_markup(card.front), _markup(card.back)],
            tags=list(card.tags),
            guid=genanki.guid_for(lang, card.front),
        )
        deck.add_note(note)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cards.apkg")
        genanki.Package(deck).write_to_file(path, timestamp=1577836800)  # the same cards make the same times
        return path.read_bytes()


def _id(text):
    """An id that stays the same: Anki knows models and decks by theirs."""
    return int(hashlib.sha256(f"rnn-course {text}".encode()).hexdigest()[:8], 16)


def _markup(text):
    r"""Markdown as far as cards use it, and formulas as Anki's MathJax takes them: \( … \)."""
    text = html.escape(text, quote=False)
    text = FORMULA.sub(lambda formula: rf"\({formula[1]}\)", text)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text).replace("\n", "<br>")
