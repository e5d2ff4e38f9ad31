"""Chapter 18: what its data file says can be found, and what its small networks do."""

import dataclasses
import itertools
import re
from pathlib import Path

import pytest
import torch
import yaml
from torch import nn

from course_utils import data, language
from course_utils.authoring import site, source
from course_utils.explore import cards
from course_utils.questions import CJK

ROOT = Path(__file__).parents[2]
FILE = yaml.safe_load((ROOT / "datasets" / "history.yaml").read_text(encoding="utf-8"))
WORKS = data.history.works()
BY_ID = {work.id: work for work in WORKS}
SECTION = re.compile(r"^## (\d+[a-z]?\.\d+) ", re.M)  # the heading of a section: "5.5", "17a.3"


@pytest.fixture(autouse=True)
def chinese():
    yield
    language.use("中文")


def texts(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for entry in value for text in texts(entry)]
    return [value] if isinstance(value, str) else []


# --- the data file


def test_every_text_with_chinese_in_it_has_an_english_half_without():
    pairs = [text for text in texts(FILE) if CJK.search(text) or " || " in text]
    assert len(pairs) > 300
    for text in pairs:
        zh, en = text.split(" || ")
        assert zh.strip() and en.strip() and not CJK.search(en), text


def test_works_stand_in_the_order_of_time_once_each():
    assert [work.date for work in WORKS] == sorted(work.date for work in WORKS)
    assert len(BY_ID) == len(WORKS)
    for work in WORKS:
        assert work.read in ("text", "first page", "abstract", "second hand") and work.reading
        assert work.url.startswith("https://") and work.claimed and work.measured
        assert work.date[:4] in work.cite or f"arXiv {work.date[2:4]}{work.date[5:]}" in work.cite, work.id


def test_the_twelve_papers_say_what_held_up_and_what_did_not():
    assert sorted(work.paper for work in data.history.papers()) == [f"L-{k:02}" for k in range(1, 13)]
    assert all(work.held and work.failed and work.at for work in data.history.papers())
    assert not any(work.held or work.failed for work in WORKS if not work.paper)


def test_the_seven_people_have_dated_posts_with_sources_and_known_works():
    people = data.history.people()
    assert [person.id for person in people] == [f"P-{k:02}" for k in range(1, 8)]
    for person in people:
        assert all(re.search(r"\d{4}", post.when) and post.url.startswith("https://") for post in person.posts)
        assert person.posts and set(person.works) <= set(BY_ID)


def test_statements_one_to_forty_have_one_wrong_piece_and_the_others_none():
    statements = data.history.statements()
    assert [one.number for one in statements] == list(range(1, len(statements) + 1))
    for one in statements:
        assert len(one.parts) >= 2 and one.right
        assert (one.wrong in range(len(one.parts))) if one.number <= 40 else one.wrong is None
    assert len(statements) > 40
    assert len({one.wrong for one in statements[:40]}) > 1  # it is not always the same place


PLACES = sorted(
    {entry.at for entry in [*WORKS, *data.history.statements()] if entry.at},
    key=lambda place: (place.notebook, place.cell),
)


def sections(notebook):
    """cell -> the number of the section it stands in, as a list of one"""
    section, cells = "", {}
    for cell in source.read(ROOT / "source" / "chapters" / f"{notebook}.py").cells:
        section = (SECTION.findall(cell.zh) if cell.kind == "markdown" else [])[:1] or section
        cells[cell.name] = section
    return cells


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.notebook} {place.cell}")
def test_a_place_is_a_cell_of_the_section_it_names(place):
    assert sections(place.notebook)[place.cell] == [place.section]


def test_a_link_of_the_chapter_leads_to_a_cell_of_the_section_it_names():
    text = (ROOT / "source" / "chapters" / "18_history_people_papers.py").read_text(encoding="utf-8")
    links = re.findall(r"\[[^\]]*?(\d+[a-z]?\.\d+)[^\]]*\]\((\w+)\.ipynb#cell-id=([\w-]+)\)", text)
    assert len(links) > 10
    for number, notebook, cell in links:
        assert sections(notebook)[cell] == [number], (notebook, cell)


def test_sections_named_in_words_are_those_of_a_chapter_that_is_there():
    """“4.8 节” in a text is a section of this course."""
    there = set()
    for path in (ROOT / "source" / "chapters").glob("*.py"):
        for cell in source.read(path).cells:
            there |= set(SECTION.findall(cell.zh)) if cell.kind == "markdown" else set()
    named = {number for text in texts(FILE) for number in re.findall(r"(\d+[a-z]?\.\d+) 节", text)}
    assert len(named) > 15 and named <= there


# --- what the chapter counts and runs


@pytest.mark.parametrize("claim", ["Q18-columns"])
def test_in_the_columns_of_their_own_dates_nothing_is_misplaced(claim):
    """The control of Q18-columns: only the column of each entry is changed."""
    listed = [work for work in WORKS if work.popular]
    moved = [dataclasses.replace(work, popular=int(work.date[:3]) * 10) for work in listed]
    assert [work for work in moved if work.popular != work.decade] == []
    assert [work.id for work in listed if work.popular != work.decade] == ["elman1990", "hochreiter1991", "cho2014"]


@pytest.fixture(scope="module")
def chapter(run_cells):
    space = {"torch": torch, "nn": nn, "data": data}
    return run_cells("18", "hopfield-code", "restored", "capacity", "walk", definitions=True, **space)


def test_where_relaxing_stops_no_unit_wants_to_move(chapter):
    g = torch.Generator().manual_seed(3)
    W_h = chapter["store"](chapter["random_patterns"](6, 60, g))
    h = chapter["relax"](W_h, chapter["random_patterns"](8, 60, g), g)
    assert (h * (h @ W_h) >= 0).all() and torch.equal(W_h, W_h.T) and not W_h.diagonal().any()


def test_a_damaged_pattern_has_the_wanted_share_flipped_and_the_original_is_left_alone(chapter):
    g = torch.Generator().manual_seed(0)
    patterns = chapter["random_patterns"](5, 50, g)
    before = patterns.clone()
    cues = chapter["damaged"](patterns, g, share=0.2)
    assert torch.equal(patterns, before) and ((cues != patterns).sum(dim=1) == 10).all()


@pytest.mark.parametrize("claim", ["Q18-capacity"])
def test_stored_by_projection_the_network_holds_far_more(chapter, claim):
    """The control of Q18-capacity: at one and a half times the load where Hebb's rule gives up, all comes back."""
    overlap, restored = chapter["recalled"](100, 0.24, 0, chapter["project"])
    hebb, _ = chapter["recalled"](100, 0.24, 0)
    assert overlap > 0.99 and restored > 0.9 and hebb < 0.9


@pytest.mark.parametrize("claim", ["Q18-order"])
def test_pointing_to_the_next_pattern_the_order_of_storing_matters(chapter, claim):
    """The control of Q18-order: where patterns point to the next one, another order gives other weights."""
    patterns = chapter["random_patterns"](5, 200, torch.Generator().manual_seed(0))
    shuffled = patterns[[3, 0, 4, 1, 2]]
    assert torch.equal(chapter["store"](shuffled), chapter["store"](patterns))
    assert not torch.equal(shuffled.roll(-1, 0).T @ shuffled, patterns.roll(-1, 0).T @ patterns)


# --- the cards


@pytest.mark.parametrize("name, words", [("中文", "没站住的"), ("English", "What did not")])
def test_cards_speak_the_notebook_s_language_and_lead_to_cells(name, words):
    language.use(name)
    text = cards.paper_cards(data.history.papers())._repr_html_()
    assert text.count("<details>") == 12 and text.count(words) == 12
    assert 'href="05_lstm.ipynb#cell-id=grow"' in text and 'href="https://doi.org/10.1038/323533a0"' in text
    if name == "English":
        assert not CJK.search(text)


def test_on_the_website_a_card_leads_to_the_same_cell_of_a_page():
    text = cards.paper_cards(data.history.papers())._repr_html_()
    led = site._led(text, "zh")
    assert 'href="05_lstm.html#cell-grow"' in led and ".ipynb" not in led
    assert site._led('<a href="13_streaming_cost.ipynb">', "en") == '<a href="13_streaming_cost.html">'


def test_what_a_card_says_is_never_markup():
    work = dataclasses.replace(BY_ID["gers2000"], claimed="<script>", url='https://x.org/"a', at=None)
    text = cards.paper_cards([work])._repr_html_()
    assert "<script>" not in text and '"a"' not in text and "ipynb" not in text


def test_people_are_shown_with_their_posts():
    language.use("English")
    text = cards.people_cards(data.history.people(), data.history.works())._repr_html_()
    assert text.count("<details>") == 7 and "2021-10" in text and not CJK.search(text)


# --- the rounds of the timeline


@pytest.mark.parametrize("order", FILE["rounds"], ids=lambda entry: entry["name"])
def test_a_round_can_be_put_in_one_order_only_and_is_not_in_it_yet(order):
    dates = [BY_ID[id].date for id in order["works"]]
    assert dates != sorted(dates)
    for a, b in itertools.combinations(dates, 2):
        n = min(len(a), len(b))
        assert a[:n] != b[:n]
