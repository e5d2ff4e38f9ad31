"""The lattice of tags: its two paths are those of the chapter's own decoder."""

import pytest
import torch

from course_utils import language
from course_utils.explore import Explorer

from .driving import press, state

TAGS = ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"]


@pytest.fixture(scope="module")
def chapter(run_cells):
    return run_cells("16a", "setup", "tagging-train", "viterbi-code", "viterbi-scores", definitions=True)


@pytest.mark.parametrize("seed", range(5))
def test_both_paths_and_their_totals_are_the_chapter_s(show, chapter, seed):
    g = torch.Generator().manual_seed(seed)
    scores, more = (torch.randn(6, 5, generator=g, dtype=torch.float64) * 2 for _ in range(2))
    steps = torch.randn(5, 5, generator=g, dtype=torch.float64)
    page = show(Explorer("lattice", characters=list("abcdef"), tags=TAGS, scores=scores))
    page.evaluate("p => explorer.set(p)", {"more": more.tolist(), "steps": steps.tolist()})
    walls = chapter["walls_of"](TAGS).double()
    rows, start = scores + more, walls[TAGS.index("O")]
    for forbid in (True, False):
        page.evaluate("f => explorer.set({forbid: f})", forbid)
        got = state(page)
        allowed = steps + walls if forbid else steps
        first = rows[:1] + start if forbid else rows[:1]
        assert got["viterbi"] == chapter["viterbi"](torch.cat([first, rows[1:]]), allowed)
        assert got["greedy"] == rows.argmax(1).tolist()
        names = ["O", *(TAGS[k] for k in got["greedy"])]
        assert got["illegal"] == [t for t in range(6) if not chapter["may_follow"](names[t + 1], names[t])]
        for path in ("greedy", "viterbi"):
            way = torch.tensor(got[path])
            ways = allowed[way[:-1], way[1:]].sum() + (start[way[0]] if forbid else 0)
            expected = [rows[torch.arange(6), way].sum().item(), ways.item()]
            assert got["totals"][path] == pytest.approx([*expected, sum(expected)])
        assert got["totals"]["viterbi"][2] >= got["totals"]["greedy"][2]


def test_the_first_view_has_an_illegal_step_in_red_and_viterbi_mends_it(show):
    language.use("English")
    page = show(Explorer("lattice"))
    got = state(page)
    assert got["illegal"] == [6] and page.locator("#pic line.illegal").count() == 1
    said = page.locator("#says").inner_text()
    assert "I-ORG → I-LOC" in said and "江 I-ORG → I-LOC" in said
    assert page.locator("#totals .wrong").all_inner_texts() == ["−∞", "−∞"]


def test_a_score_raised_by_keyboard_moves_the_path(show):
    page = show(Explorer("lattice"))
    before = state(page)["viterbi"]
    press(page, "#place", "End")
    page.locator("#tag").select_option("I-ORG")
    press(page, "#bonus", *["ArrowRight"] * 3)
    after = state(page)
    assert after["more"][6][4] == 1.5 and before[4:] == [0, 3, 3] and after["viterbi"][4:] == [1, 4, 4]
    press(page, "#restore", "Enter")
    assert state(page)["viterbi"] == before


def test_a_step_raised_by_keyboard_swallows_the_names_of_one_path(show):
    page = show(Explorer("lattice"))
    before = state(page)
    press(page, "#push", "End")  # O → O is chosen at first
    after = state(page)
    assert after["viterbi"] == [6] * 7 and after["greedy"] == before["greedy"]


def test_with_nothing_forbidden_both_paths_are_one(show):
    page = show(Explorer("lattice"))
    press(page, "#forbid", "Space")
    got = state(page)
    assert got["viterbi"] == got["greedy"] and got["illegal"] == [6]
    assert page.locator("#forbid").get_attribute("aria-pressed") == "false"


def test_a_forbidden_step_is_said_to_stay_forbidden(show):
    language.use("English")
    page = show(Explorer("lattice"))
    page.locator("#to").select_option("I-LOC")
    press(page, "#push", "End")
    assert "no bonus helps" in page.locator("#says").inner_text() and state(page)["viterbi"][:4] == [2, 5, 6, 6]


def test_a_click_in_the_picture_is_the_controls(show):
    page = show(Explorer("lattice"))
    page.locator('#pic .node[data-t="4"][data-k="2"]').click()
    assert (page.locator("#place").input_value(), page.locator("#tag").input_value()) == ("5", "2")
