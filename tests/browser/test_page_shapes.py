"""The page of section 1.7 against the five models of the chapter itself: shapes, parameters, and which output can see
which input."""

import random

import pytest
import torch

from course_utils import language
from course_utils.explore import Explorer

from .driving import state

CLASSES = {"1-1": "OneToOne", "1-N": "OneToMany", "N-1": "ManyToOne", "N-N": "Synced", "N-M": "Async"}


@pytest.fixture(scope="module")
def models(run_cells):
    names = run_cells("01", "setup", "shapes-code")
    return {kind: names[name] for kind, name in CLASSES.items()}


def truth(model_class, kind, B, T, M, I, H, O):
    """What the model itself says: shapes of x and y, number of parameters, reach[o][i] by gradients."""
    model = model_class(I, H, O).double()
    x = torch.randn(*((B, I) if kind[0] == "1" else (B, T, I)), dtype=torch.float64)
    call = (lambda x: model(x, M)) if kind in ("1-N", "N-M") else model
    y = call(x)
    one = torch.autograd.functional.jacobian(call, x[:1])  # (1, [outputs], O, 1, [inputs], I)
    outputs, inputs = (1 if t.dim() == 2 else t.shape[1] for t in (y, x))
    reach = one.reshape(outputs, O, inputs, I).abs().sum((1, 3)) > 0
    return list(x.shape), list(y.shape), sum(p.numel() for p in model.parameters()), reach.tolist()


@pytest.mark.parametrize("seed", range(20))
def test_the_page_says_what_the_chapter_s_models_do(show, models, seed):
    pick = random.Random(seed)
    kind = list(CLASSES)[seed % 5]
    sizes = {
        "B": pick.randint(1, 9),
        "T": pick.randint(1, 6),
        "M": pick.randint(1, 6),
        "I": pick.randint(2, 12),
        "H": pick.randint(12, 40),
        "O": pick.randint(2, 12),
    }
    torch.manual_seed(seed)
    x, y, parameters, reach = truth(models[kind], kind, **sizes)
    page = show(Explorer("shapes"))
    page.evaluate("parameters => explorer.set(parameters)", {"kind": kind, **sizes})
    shown = state(page)
    assert (shown["shapes"]["x"], shown["shapes"]["y"], shown["parameters"], shown["reach"]) == (
        x,
        y,
        parameters,
        reach,
    )
    for part, steps in (("read", sizes["T"]), ("write", sizes["M"])):
        assert shown["shapes"].get(part) in (None, [sizes["B"], steps, sizes["H"]])
    assert page.locator("#tensors").inner_text().count("(") == len(shown["shapes"])


@pytest.mark.parametrize("name, seen", [("中文", "4 个输入中的 2 个"), ("English", "2 of 4 inputs")])
def test_by_keyboard(show, name, seen):
    language.use(name)
    page = show(Explorer("shapes"))
    page.locator("#look").focus()
    page.keyboard.press("ArrowRight")
    assert state(page)["output"] == 2 and seen in page.locator("[role=status]").inner_text()
    page.locator("#kind-N-N").focus()
    page.keyboard.press("ArrowRight")
    assert state(page)["kind"] == "N-M" and page.locator("#kind-N-M").is_checked()
    page.locator("#T").focus()
    page.keyboard.press("End")
    assert state(page)["T"] == 6 and len(state(page)["reach"][0]) == 6
    assert "6" in page.locator("#pic").get_attribute("aria-label")


def test_a_click_on_an_output_chooses_it_and_a_shorter_answer_keeps_a_valid_choice(show):
    page = show(Explorer("shapes"))
    page.locator("[data-output='4']").click()
    assert state(page)["output"] == 4
    page.evaluate("explorer.set({ T: 2 })")
    assert state(page)["output"] == 2


def test_lengths_that_a_shape_does_not_have_cannot_be_set(show):
    page = show(Explorer("shapes"))

    def free():
        return [page.locator(f"#{name}").is_enabled() for name in ("T", "M")]

    expected = {
        "1-1": [False, False],
        "1-N": [False, True],
        "N-1": [True, False],
        "N-N": [True, False],
        "N-M": [True, True],
    }
    for kind, enabled in expected.items():
        page.locator(f"#kind-{kind}").check()
        assert free() == enabled
