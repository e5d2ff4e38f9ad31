"""The measurements of chapter 04 on networks that the chapter does not show, and its bounds on matrices drawn here."""

import pytest
import torch

from course_utils import microscope

CELLS = ("sentences", "hand-set", "lag-norms", "two-worlds", "steep-model", "train-with-limit", "france-gradient")


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The names that the chapter's cells define; statements that measure and print run too. The chapter, and so these
    tests, compute in double precision."""
    names, before = run_cells("04", "setup", *CELLS), torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield names
    torch.set_default_dtype(before)


NETWORKS = [(kind, seed) for kind in ("gaussian", "orthogonal") for seed in range(100, 110)]


@pytest.mark.parametrize("kind, seed", NETWORKS)
def test_two_worlds_on_other_networks(chapter, kind, seed):
    def ratio(rho, std):
        norms = chapter["profile"](rho, std, kind, seed)
        return norms[49] / norms[0]

    assert ratio(0.9, 1.0) < 1e-9
    assert 1e-4 < ratio(0.9, 0.0) < 1e-1
    assert ratio(1.5, 0.0) > 1e5
    assert ratio(1.5, 1.0) < 1e-2
    assert (abs(ratio(1.0, 0.0) - 1) < 1e-9) == (kind == "orthogonal")


@pytest.mark.parametrize("kind, seed", NETWORKS)
def test_a_whisper_ends_the_explosion(chapter, kind, seed):
    def ratio(std):
        norms = chapter["profile"](1.5, std, kind, seed)
        return norms[49] / norms[0]

    assert ratio(1e-6) < 1e3 and ratio(0.0) > 1e8


@pytest.mark.parametrize("seed", range(5))
def test_a_singular_value_below_one_is_a_guarantee(chapter, seed):
    generator = torch.Generator().manual_seed(seed)
    W_h = torch.randn(32, 32, generator=generator)
    W_h = 0.8 * W_h / torch.linalg.matrix_norm(W_h, 2)
    for std in (0.0, 0.3, 3.0):
        norms = chapter["lag_norms"](
            chapter["jacobians"](chapter["run"](std * torch.randn(30, 32, generator=generator), W_h), W_h)
        )
        assert (norms <= 0.8 ** torch.arange(1, 31) * (1 + 1e-9)).all()


def test_lag_norms_multiplies_in_the_order_of_the_chain_rule(chapter):
    J = torch.randn(3, 4, 4, generator=torch.Generator().manual_seed(0))
    want = [torch.linalg.matrix_norm(product, 2) for product in (J[2], J[2] @ J[1], J[2] @ J[1] @ J[0])]
    assert torch.allclose(chapter["lag_norms"](J), torch.stack(want))


@pytest.mark.parametrize("gap", [0, 7])
def test_sentences_put_the_answer_third_and_nowhere_else(chapter, gap):
    ids, answer = chapter["sentences"](64, gap, torch.Generator().manual_seed(0))
    assert ids.shape == (64, gap + 8) and torch.equal(ids[:, 2], answer)
    assert (torch.cat([ids[:, :2], ids[:, 3:]], dim=1) > 3).all()
    assert set(answer.tolist()) == {0, 1, 2, 3}


@pytest.mark.parametrize("seed", range(1, 5))
def test_hand_set_memory_needs_a_place_to_rest(chapter, seed):
    assert chapter["accuracy"](chapter["hand_set"](2.0, seed), 300) == 1
    assert chapter["accuracy"](chapter["hand_set"](0.9, seed), 100) < 0.5


@pytest.mark.parametrize("seed", range(3, 6))
def test_one_unclipped_step_shuts_the_road(chapter, seed):
    left = {limit: chapter["inspect"](chapter["sgd"](seed, limit), 50)[0][49] for limit in ("none", "norm")}
    assert left["none"] < 1e-3 and left["norm"] > 0.1


def learnt(chapter, seed, **start):
    """How well a network that starts like this does at 100 words after the chapter's training."""
    model = chapter["word_model"](seed, **start)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return chapter["accuracy"](chapter["train"](model, optimizer, 160, 100, seed, "norm"), 100)


def test_all_three_conditions_also_work_with_another_seed(chapter):
    assert learnt(chapter, 4, **chapter["LEVEL"]) > 0.8


def test_default_biases_do_not_on_the_same_seed(chapter):
    assert learnt(chapter, 4, **{**chapter["LEVEL"], "zero_bias": False}) < 0.4


@pytest.mark.parametrize("gain, learns", [(1.2, True), (1.0, False)])
def test_a_wider_matrix_makes_up_for_default_biases(chapter, gain, learns):
    start = {**chapter["LEVEL"], "zero_bias": False, "gain": gain}
    left = chapter["at_france"](100, 1, **start)
    assert (left > 0.5) == (learnt(chapter, 0, **start) > 0.8) == learns


def test_a_bias_is_an_input_that_orthogonality_does_not_let_fade(chapter):
    level = chapter["at_france"](100, **chapter["LEVEL"])
    biased = chapter["at_france"](100, **{**chapter["LEVEL"], "zero_bias": False})
    assert level.min() > 0.1 and biased.max() < 0.01


def test_the_packaged_microscope_is_the_one_of_the_chapter(chapter):
    generator = torch.Generator().manual_seed(0)
    W_h, x = torch.randn(6, 6, generator=generator), torch.randn(9, 6, generator=generator)
    J = chapter["jacobians"](states(x, W_h), W_h)
    packaged = microscope.step_jacobians(lambda h, x_t: torch.tanh(W_h @ h + x_t), x, torch.zeros(6))
    assert torch.allclose(packaged, J)
    assert torch.allclose(microscope.lag_norms(packaged, 4), chapter["lag_norms"](J)[:4])


def states(x, W_h):
    h, hs = torch.zeros(x.shape[1]), []
    for x_t in x:
        h = torch.tanh(W_h @ h + x_t)
        hs.append(h)
    return torch.stack(hs)


def test_english_and_chinese_sentences_are_the_same_numbers(chapter, run_cells):
    zh = run_cells("04", "sentences", lang="zh", torch=torch)
    for mine, theirs in zip(
        zh["sentences"](5, 9, torch.Generator().manual_seed(1)),
        chapter["sentences"](5, 9, torch.Generator().manual_seed(1)),
    ):
        assert torch.equal(mine, theirs)
