"""The translation desk: what the decoder writes, as torch has it, with edits and with the truth fed."""

import pytest
import torch

from course_utils import data, language
from course_utils.explore import Explorer, packed
from course_utils.training.translation import Seq2Seq

SOURCES, TARGETS = data.Vocabulary("abcdefgh"), data.Vocabulary("01234-")
EXAMPLES = [("badge", "0-12"), ("cab", "34")]


def network(seed):
    """A small network in half-precision numbers, so that packing loses nothing; opinionated: no two symbols tie."""
    torch.manual_seed(seed)
    model = Seq2Seq(len(SOURCES), len(TARGETS), embedding=4, hidden=6)
    model.load_state_dict({name: (3 * value).half().float() for name, value in model.state_dict().items()})
    return model.double()


def desk(seed=0):
    networks = {name: network(seed + k) for k, name in enumerate(("trained", "apprentice"))}
    weights = {
        name: {key: packed(value) for key, value in model.state_dict().items()} for name, model in networks.items()
    }
    page = Explorer("desk", sources=SOURCES.symbols, targets=TARGETS.symbols, examples=EXAMPLES, **weights)
    return networks, page


@torch.no_grad()
def by_torch(model, source, fed):
    """Beliefs at every step (T, V) when `fed` (T,) is fed."""
    ids = torch.tensor([SOURCES.encode(source)])
    state = model.encode(ids, torch.tensor([ids.shape[1]]))
    return model.decode(torch.tensor([fed]), state)[0][0].softmax(-1)


def state(page):
    return page.evaluate("explorer.state()")


def agrees(page, model, source):
    steps = state(page)["steps"]
    fed = [step["fed"] for step in steps]
    got = torch.tensor([step["p"] for step in steps], dtype=torch.float64)
    return torch.allclose(got, by_torch(model, source, fed), atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_what_it_writes_is_torch_s_greedy_translation(show, seed):
    networks, page = desk(seed)
    page = show(page)
    for name, model in networks.items():
        page.locator(f"input[value={name}]").check()
        for source in ("badge", "hfa"):
            page.locator("#typed").fill(source)
            steps = state(page)["steps"]
            assert agrees(page, model, source)
            assert all(step["written"] == max(range(len(TARGETS)), key=step["p"].__getitem__) for step in steps)
            assert [step["fed"] for step in steps] == [data.Vocabulary.bos, *(step["written"] for step in steps[:-1])]
            assert len(steps) == 14 or steps[-1]["written"] == data.Vocabulary.eos


def test_an_edit_is_fed_and_the_rest_follows_from_it(show):
    networks, page = desk()
    page = show(page)
    before = state(page)["steps"]
    page.locator("#step").focus()
    page.keyboard.press("ArrowRight")  # step 2
    other = next(id for id in range(3, 9) if id != before[1]["written"])
    page.locator("#instead").select_option(str(other))
    after = state(page)["steps"]
    assert after[0] == before[0] and after[1]["p"] == before[1]["p"]
    assert after[1]["written"] == other and after[2]["fed"] == other
    assert after[2]["p"] != before[2]["p"] and agrees(page, networks["trained"], "badge")
    assert "第 2 步你写了" in page.locator("#says").inner_text()
    page.locator("#undo").press("Enter")
    assert state(page)["steps"] == before


def test_an_edit_further_up_takes_later_ones_back(show):
    page = show(desk()[1])
    page.evaluate("explorer.set({step: 3})")
    page.locator("#instead").select_option("4")
    page.evaluate("explorer.set({step: 1})")
    page.locator("#instead").select_option("5")
    assert state(page)["edits"] == {"0": 5}


def test_with_the_truth_fed_every_step_sees_the_true_beginning(show):
    networks, page = desk()
    page = show(page)
    page.locator("#truth_fed").press("End")
    steps = state(page)["steps"]
    assert [step["fed"] for step in steps] == [data.Vocabulary.bos, *TARGETS.encode("0-12")]
    assert [step["right"] for step in steps] == [*TARGETS.encode("0-12"), data.Vocabulary.eos]
    assert agrees(page, networks["trained"], "badge")


def test_a_date_without_a_known_answer_has_no_truth_to_feed(show):
    page = show(desk()[1])
    page.locator("#truth_fed").press("End")
    page.locator("#typed").fill("bad")
    assert page.locator("#truth_fed").is_disabled() and state(page)["truth_fed"] == 0
    page.locator("#pick").select_option("cab")
    assert not page.locator("#truth_fed").is_disabled()


def test_symbols_it_has_never_seen_are_told_and_skipped(show):
    language.use("English")
    page = show(desk()[1])
    page.locator("#typed").fill("cab")
    before = state(page)["steps"]
    page.locator("#typed").fill("ca!b")
    assert "never seen !" in page.locator("#says").inner_text()
    assert [step["p"] for step in state(page)["steps"]] == [step["p"] for step in before]


def test_a_click_on_a_box_is_the_slider(show):
    page = show(desk()[1])
    page.locator("#pic .box").nth(1).locator("text").first.click()
    assert state(page)["step"] == 2 and page.locator("#step").input_value() == "2"
