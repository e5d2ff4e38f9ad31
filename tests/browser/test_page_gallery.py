"""The gallery of chapter 17c: sifting the tiles, and what a click on one opens."""

import pytest

from course_utils import data, language
from course_utils.explore import gallery

from .driving import press, state


@pytest.fixture(params=["中文", "English"])
def page_of_the_chapter(framed, request):
    language.use(request.param)
    return framed(gallery())


def test_all_fourteen_are_there_and_each_says_what_it_is(page_of_the_chapter):
    rows = data.gallery.applications()
    tiles = page_of_the_chapter.locator("#tiles li")
    assert tiles.count() == len(rows) == 14
    for tile, row in zip(tiles.all_inner_texts(), rows):
        said = (row.name, row.input, row.output, row.model, row.baseline, row.found, row.where)
        assert all(words in tile for words in said)


@pytest.mark.parametrize("kind", ["field", "shape", "verdict"])
def test_each_filter_by_keyboard_shows_those_and_no_others(page_of_the_chapter, kind):
    rows = data.gallery.applications()
    seen = []
    for _ in range(page_of_the_chapter.locator(f"#{kind} option").count() - 1):
        press(page_of_the_chapter, f"#{kind}", "ArrowDown")
        got = state(page_of_the_chapter)
        assert got["shown"] == [row.id for row in rows if getattr(row, kind) == got[kind]] != []
        assert page_of_the_chapter.locator("#tiles li").count() == len(got["shown"])
        assert f" {len(got['shown'])} " in " " + page_of_the_chapter.locator("#count").inner_text()
        seen += got["shown"]
    assert sorted(seen) == [row.id for row in rows]


def test_filters_go_together_and_one_button_shows_all_again(page_of_the_chapter):
    got = state(page_of_the_chapter, field="series", verdict="lost")
    assert got["shown"] == ["U-07", "U-08"]
    press(page_of_the_chapter, "#all", "Enter")
    assert len(state(page_of_the_chapter)["shown"]) == 14
    assert page_of_the_chapter.locator("#field").input_value() == ""


def test_a_tile_opens_the_link_beside_the_frame(page_of_the_chapter):
    """Jupyter and the website lead the plain links to the right place; a tile clicks its own."""
    outer = page_of_the_chapter.page
    outer.evaluate("""document.addEventListener("click", event => {
        const link = event.target.closest("a");
        if (link) { event.preventDefault(); window.opened = link.getAttribute("href"); } })""")
    for row in data.gallery.applications():
        page_of_the_chapter.locator(f'a[data-to="{row.id}"]').focus()
        outer.keyboard.press("Enter")
        notebook, cell = row.place
        assert outer.evaluate("window.opened") == f"{notebook}.ipynb" + (f"#cell-id={cell}" if cell else "")


def test_nothing_is_wider_than_a_phone(page_of_the_chapter):
    page_of_the_chapter.page.set_viewport_size({"width": 360, "height": 740})
    page_of_the_chapter.page.evaluate("document.querySelector('body > div').style.width = '340px'")
    page_of_the_chapter.wait_for_function("() => innerWidth < 345")
    assert page_of_the_chapter.evaluate("document.documentElement.scrollWidth <= innerWidth")
