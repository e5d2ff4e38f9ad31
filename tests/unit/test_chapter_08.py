"""Chapter 08: the scorer of entities, the sentences it is scored on, and being the grader."""

import random

import pytest
import torch
from nervaluate import Evaluator
from torch import nn

from course_utils import data, language
from course_utils.explore import judge


@pytest.fixture(scope="module")
def scorer(run_cells):
    return run_cells("08", "scorer-code", definitions=True)


def legal_tags(rng, length):
    """Random BIO tags in which every I- continues an entity of its type."""
    tags = []
    for _ in range(length):
        going_on = [f"I-{tags[-1][2:]}"] if tags and tags[-1] != "O" else []
        tags.append(rng.choice(["O", "B-PER", "B-LOC", *going_on]))
    return tags


def test_the_score_is_the_one_of_a_well_kept_scorer(scorer):
    rng = random.Random(0)
    for _ in range(20):
        true = [legal_tags(rng, 12) for _ in range(8)]
        predicted = [[t if rng.random() < 0.9 else "O" for t in legal_tags(rng, 12)] for _ in range(4)] + true[4:]
        predicted = [repaired(tags) for tags in predicted]
        theirs = Evaluator(true, predicted, tags=["PER", "LOC"], loader="list").evaluate()["overall"]["strict"]
        assert scorer["entity_f1"](predicted, true) == pytest.approx(theirs.f1)


def repaired(tags):
    """An I- that continues nothing becomes O, so that both scorers read the same entities."""
    fixed = []
    for tag in tags:
        fixed.append("O" if tag.startswith("I-") and (not fixed or fixed[-1][2:] != tag[2:]) else tag)
    return fixed


def test_what_counts_as_an_entity(scorer):
    entities = scorer["entities"]
    assert entities(["B-PER", "I-PER", "O", "B-LOC"]) == {(0, 2, "PER"), (3, 4, "LOC")}
    assert entities(["B-PER", "B-PER"]) == {(0, 1, "PER"), (1, 2, "PER")}
    assert entities(["B-PER", "I-LOC"]) == {(0, 1, "PER")}
    assert entities(["O", "I-PER", "I-PER"]) == set()


# --- the sentences


def test_tags_are_legal_and_cover_the_three_types():
    sentences = data.entity_sentences(300, seed=0)
    assert all(len(characters) == len(tags) for characters, tags in sentences)
    assert all(repaired(tags) == tags for _, tags in sentences)
    assert {tag[2:] for _, tags in sentences for tag in tags} == {"", "PER", "LOC", "ORG"}
    assert sentences == data.entity_sentences(300, seed=0) != data.entity_sentences(300, seed=1)


def stems(sentences):
    """The first two characters of every entity whose type is decided by what follows."""
    found = set()
    for characters, tags in sentences:
        text = "".join(characters)
        found |= {text[k : k + 2] for k, tag in enumerate(tags) if tag == "B-ORG"}
    return found


def test_held_out_stems_never_occur_in_training():
    seen = stems(data.entity_sentences(3000, seed=0))
    held_out = stems(data.entity_sentences(1000, seed=2, held_out=True))
    assert len(seen) > 100 and len(held_out) > 50 and not seen & held_out


# --- be the grader


def verdict(capsys, inputs):
    language.use("English")
    try:
        judge("E07", "masked_forward", inputs, tolerance=1e-9)
    finally:
        language.use("中文")
    return capsys.readouterr().out.splitlines()


def test_equal_lengths_let_mistakes_about_padding_pass_and_unequal_ones_catch_all(capsys):
    generator = torch.Generator().manual_seed(0)
    cell = nn.LSTMCell(3, 4).double().requires_grad_(False)
    equal = torch.randn(2, 5, 3, dtype=torch.float64, generator=generator)
    unequal = torch.randn(3, 6, 3, dtype=torch.float64, generator=generator)
    first, *missed = verdict(capsys, [(equal, torch.tensor([5, 5]), cell)])
    assert first.startswith("wrong ones caught: 1 of 7") and len(missed) == 6
    lines = verdict(capsys, [(unequal, torch.tensor([4, 6, 2]), cell)])
    assert lines == ["wrong ones caught: 7 of 7;  right ones wrongly rejected: 0 of 2"]
