"""The assessment as Moodle and Canvas import it, and the flash cards: read back, they hold what the source holds."""

import csv
import io
import json
import sqlite3
import zipfile
from argparse import Namespace
from xml.etree import ElementTree as ET

import pytest

from course_utils import language
from course_utils.authoring import cards, forms, handout, release
from course_utils.files import ROOT
from course_utils.questions import assessment

IMS = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
PACKAGE = "{http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1}"


@pytest.fixture(autouse=True, params=["中文", "English"])
def speaks(request):
    language.use(request.param)
    yield request.param
    language.use("中文")


def everything():
    return [*assessment.items(), *assessment.items(held_back=True)]


def shown(item, text):
    """Is all of the question in the HTML that a course site shows?"""
    plain = "".join(ET.fromstring(f"<div>{text}</div>").itertext())
    numbers = [f"{v:g}" for line in (item.curves or {}).get("lines", {}).values() for v in line]
    return item.ask in plain and item.code.rstrip() in plain and all(number in plain for number in numbers)


def plain(markup):
    return "".join(ET.fromstring(markup).itertext())


# ---------------------------------------------------------------------------------------------- Moodle


def moodle_questions():
    """[(category, question element)] as Moodle reads the file: a category holds until the next one."""
    found, category = [], None
    for question in ET.fromstring(forms.moodle(forms.forms())):
        if question.get("type") == "category":
            category = question.findtext("category/text")
        else:
            found.append((category, question))
    return found


def test_moodle_gets_every_item_with_one_right_answer():
    read = {q.findtext("idnumber"): (category, q) for category, q in moodle_questions()}
    assert len(read) == len(everything()) == len(moodle_questions())
    for item in everything():
        category, question = read[f"rnn-{item.id}"]
        assert question.get("type") == "multichoice" and question.findtext("single") == "true"
        assert question.findtext("shuffleanswers") == "true"
        assert shown(item, question.findtext("questiontext/text"))
        answers = question.findall("answer")
        assert [plain(a.findtext("text")) for a in answers] == item.options
        assert [a.get("fraction") for a in answers] == ["100" if k == item.answer else "0" for k in range(len(answers))]
        assert [item.why[k] in plain(a.findtext("feedback/text")) for k, a in enumerate(answers)] == [True] * len(
            answers
        )
        form = forms.FORMS["held-back" if item.held_back else "practised"]
        assert language.side(form) in category and f"/{item.goal} " in category


def test_moodle_has_a_category_for_every_goal_of_both_forms():
    categories = {category for category, _ in moodle_questions()}
    assert len(categories) == 2 * len(assessment.goals())
    assert all(category.startswith("$course$/top/") and category.count("/") == 4 for category in categories)


# ---------------------------------------------------------------------------------------------- QTI


def test_qti_gets_every_item_with_one_right_answer():
    with zipfile.ZipFile(io.BytesIO(forms.qti(forms.forms()))) as package:
        manifest = ET.fromstring(package.read("imsmanifest.xml"))
        resources = manifest.findall(f".//{PACKAGE}resource")
        assert {r.get("type") for r in resources} == {"imsqti_xmlv1p2"}
        files = [r.find(f"{PACKAGE}file").get("href") for r in resources]
        assert sorted(package.namelist()) == sorted(["imsmanifest.xml", *files])
        quizzes = [ET.fromstring(package.read(name)) for name in files]
    for quiz, items in zip(quizzes, forms.forms().values()):
        read = quiz.findall(f".//{IMS}item")
        assert [one.get("ident") for one in read] == [f"rnn-{item.id}" for item in items]
        for item, one in zip(items, read):
            assert shown(item, one.findtext(f"{IMS}presentation/{IMS}material/{IMS}mattext"))
            labels = {
                label.get("ident"): plain(label.findtext(f"{IMS}material/{IMS}mattext"))
                for label in one.iter(f"{IMS}response_label")
            }
            assert list(labels.values()) == item.options
            scored = [c for c in one.iter(f"{IMS}respcondition") if c.find(f"{IMS}setvar") is not None]
            assert [labels[c.findtext(f".//{IMS}varequal")] for c in scored] == [item.options[item.answer]]
            told = {feedback.get("ident") for feedback in one.iter(f"{IMS}itemfeedback")}
            assert {d.get("linkrefid") for d in one.iter(f"{IMS}displayfeedback")} == told and len(told) == len(labels)


def test_a_curve_reaches_a_course_site_as_a_table():
    item = next(item for item in assessment.items() if item.id == "09-stop")
    table = ET.fromstring(f"<div>{forms.body(item)}</div>").find("table")
    rows = [["".join(cell.itertext()) for cell in row] for row in table]
    assert len(rows) == 3 and rows[1][1:] == ["0.72", "0.67", "0.62", "0.56", "0.46", "0.23", "0.14", "0.04", "0.01"]


def test_the_command_writes_both_and_overwrites_nothing(tmp_path, speaks, capsys):
    lang = {"中文": "zh", "English": "en"}[speaks]
    arguments = Namespace(lang=lang, out=tmp_path / "new")
    assert forms.write(arguments) == 0
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == [f"assessment-moodle.{lang}.xml", f"assessment-qti.{lang}.zip"]
    before = {name: (tmp_path / "new" / name).read_bytes() for name in names}
    assert forms.write(arguments) == 2 and "assessment" in capsys.readouterr().err
    assert before == {name: (tmp_path / "new" / name).read_bytes() for name in names}
    assert before[names[1]] == forms.qti(forms.forms())  # the same items, the same bytes


def test_a_class_does_not_get_what_is_held_back():
    path = ROOT / "course_utils" / "questions" / assessment.NAME
    released = release._content(path, "en").decode()
    held_back, practised = assessment.items(held_back=True), assessment.items()
    assert held_back and all(
        f"id: {item.id}" not in released and item.why[item.answer] not in released for item in held_back
    )
    assert all(f"id: {item.id}" in released for item in practised)


# ---------------------------------------------------------------------------------------------- cards


def made(speaks):
    return cards.cards(ROOT, {"中文": "zh", "English": "en"}[speaks])


def test_every_term_and_every_chapter_s_lines_are_cards(speaks):
    lang = {"中文": "zh", "English": "en"}[speaks]
    terms = json.loads((ROOT / "course_utils/explore/course.json").read_text(encoding="utf-8"))[lang]["terms"]
    chapters = sorted(ROOT.glob(f"notebooks/{lang}/[0-9]*_*.ipynb"))
    all_cards = made(speaks)
    assert [card.front for card in all_cards[: len(terms)]] == [term["en" if lang == "en" else "zh"] for term in terms]
    lines = all_cards[len(terms) :]
    assert len(lines) == len(chapters) and all(card.back.count("\n") == 2 for card in lines)
    lstm = next(card for card in lines if "rnn::chapter05" in card.tags)
    assert r"c_t = f_t \odot c_{t-1}" in lstm.back and "2000" in lstm.back


def test_the_table_is_read_back(speaks):
    text = cards.table(made(speaks)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["front"], row["back"], tuple(row["tags"].split())) for row in rows] == [
        (card.front, card.back, card.tags) for card in made(speaks)
    ]


def test_anki_reads_the_package(speaks, tmp_path):
    pytest.importorskip("genanki")
    lang = {"中文": "zh", "English": "en"}[speaks]
    with zipfile.ZipFile(io.BytesIO(cards.anki(made(speaks), lang))) as package:
        (tmp_path / "collection.anki2").write_bytes(package.read("collection.anki2"))
    collection = sqlite3.connect(tmp_path / "collection.anki2")
    notes = [row[0].split("\x1f") for row in collection.execute("select flds from notes order by id")]
    guids = {row[0] for row in collection.execute("select guid from notes")}
    (decks,) = collection.execute("select count(*) from cards").fetchone()
    collection.close()
    assert len(notes) == len(guids) == decks == len(made(speaks))
    backs = "\n".join(back for _, back in notes)
    assert r"\(c_t = f_t \odot c_{t-1}" in backs and "$" not in backs and "**" not in backs


def test_without_genanki_there_is_still_the_table(speaks, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cards.importlib.util, "find_spec", lambda name: None)
    lang = {"中文": "zh", "English": "en"}[speaks]
    assert cards.write(Namespace(lang=lang, out=tmp_path)) == 0
    assert [path.name for path in tmp_path.iterdir()] == [f"cards.{lang}.csv"]
    assert cards.INSTALL in capsys.readouterr().err
    assert cards.write(Namespace(lang=lang, out=tmp_path)) == 2  # nothing is overwritten


def test_of_files_for_elsewhere_all_are_written_or_none(speaks, tmp_path, capsys):
    arguments = Namespace(lang={"中文": "zh", "English": "en"}[speaks], out=tmp_path)
    (tmp_path / "b").write_bytes(b"kept")
    assert handout.hand_out("cards", arguments, lambda: {"a": b"1", "b": b"2"}) == 2
    assert str(tmp_path / "b") in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["b"] and (tmp_path / "b").read_bytes() == b"kept"
    (tmp_path / "b").unlink()
    assert handout.hand_out("cards", arguments, lambda: {"a": b"1", "b": b"2"}) == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"1", "b": b"2"}
