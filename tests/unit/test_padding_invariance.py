"""A sequence alone and the same sequence in a batch of longer ones give the same result: for every helper of the
course that is given sequences of different lengths. A new one is added to HELPERS."""

import ast
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import data, training
from course_utils.training import classifying, monitor, names, recordings, tagging, translation

LENGTHS = (5, 9, 3, 7)


class Hearing(nn.Module):
    """A bidirectional network on a bundle, one row of scores for each recording: what padding would spoil first."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 6, bidirectional=True)
        self.readout = nn.Linear(12, 4)

    def forward(self, bundle):
        _, (h, _) = self.rnn(bundle)
        return self.readout(torch.cat([h[0], h[1]], dim=1))


class EveryFrame(Hearing):
    def forward(self, bundle):
        return self.readout(self.rnn(bundle)[0].data)


def speech(model):
    torch.manual_seed(0)
    return model().double(), [(torch.randn(L, 3).double(), torch.tensor(k)) for k, L in enumerate(LENGTHS)]


def spelling():
    torch.manual_seed(0)
    return names.NameModel(nn.GRU).double(), ["emma", "al", "elizabeth", "noah"]


def weighted(values, sizes):
    """The mean over steps, from the means of single sequences."""
    return sum(v * n for v, n in zip(values, sizes)) / sum(sizes)


def scores_of_recordings():
    model, pairs = speech(Hearing)
    together = model(recordings._bundle(pairs)[0])
    return together, torch.cat([model(recordings._bundle([pair])[0]) for pair in pairs])


def verdicts():
    model, pairs = speech(Hearing)
    heard = [x for x, _ in pairs]
    alone = [training.verdicts(model, [x]).item() for x in heard]
    return training.verdicts(model, heard), torch.tensor(alone)


def loss_of_recordings():
    model, pairs = speech(Hearing)
    alone = [recordings._cross_entropy(model, recordings._bundle([pair])) for pair in pairs]
    return recordings._cross_entropy(model, recordings._bundle(pairs)), weighted(alone, [1] * len(pairs))


def loss_of_every_frame():
    model, pairs = speech(EveryFrame)
    alone = [recordings._cross_entropy(model, recordings._bundle_frames([pair])) for pair in pairs]
    return recordings._cross_entropy(model, recordings._bundle_frames(pairs)), weighted(alone, LENGTHS)


def name_bits():
    model, texts = spelling()
    alone = [names.name_bits(model, [text]) for text in texts]
    return torch.tensor(names.name_bits(model, texts)), torch.tensor(weighted(alone, [len(t) + 1 for t in texts]))


def scores_of_names():
    model, texts = spelling()
    letters, following = data.shifted_batch(texts, names.VOCABULARY)
    alone = [model(data.shifted_batch([text], names.VOCABULARY)[0])[0] for text in texts]
    return model(letters)[following != -100], torch.cat(alone)


def tagged():
    torch.manual_seed(0)
    sentences = [("abc", ["O", "B-X", "I-X"]), ("d", ["O"]), ("abdca", ["O"] * 5)]
    return tagging.Tagger(sentences, bidirectional=True, embedding=6, hidden=8).double(), sentences


def scores_of_tags():
    model, sentences = tagged()
    x, lengths, y = model.encode(sentences)
    alone = [model(*model.encode([one])[:2])[0] for one in sentences]
    return model(x, lengths)[y != tagging.IGNORE], torch.cat(alone)


def loss_of_tags():
    model, sentences = tagged()
    alone = [tagging._cross_entropy(model, model.encode([one])) for one in sentences]
    return tagging._cross_entropy(model, model.encode(sentences)), weighted(alone, [len(tags) for _, tags in sentences])


def translated():
    torch.manual_seed(0)
    vocabulary = data.Vocabulary("abcd")
    model = translation.Seq2Seq(len(vocabulary), len(vocabulary), embedding=5, hidden=6).double()
    return model, vocabulary, [("abcd", "ab"), ("a", "dcba"), ("dda", "")]


def loss_of_translations():
    model, vocabulary, pairs = translated()
    alone = [translation.teacher_forced_loss(model, data.translation_batch([p], vocabulary, vocabulary)) for p in pairs]
    together = translation.teacher_forced_loss(model, data.translation_batch(pairs, vocabulary, vocabulary))
    return together, weighted(alone, [len(written) + 1 for _, written in pairs])  # with <eos>


def greedy_translations():
    model, vocabulary, pairs = translated()
    sources, lengths, _ = data.translation_batch(pairs, vocabulary, vocabulary)
    alone = [data.translation_batch([p], vocabulary, vocabulary)[:2] for p in pairs]
    rows = [translation.greedy_decode(model, *one, longest=6) for one in alone]
    return translation.greedy_decode(model, sources, lengths, longest=6), torch.cat(rows)


def classes():
    torch.manual_seed(0)
    texts = ["abcd", "a", "dda"]
    return classifying.Reader(texts, 3).double(), texts


def scores_of_texts():
    model, texts = classes()
    return model(model.encode(texts)), torch.cat([model(model.encode([text])) for text in texts])


def loss_of_texts():
    model, texts = classes()
    labels = torch.tensor([0, 2, 1])
    alone = [classifying.cross_entropy(model, (model.encode([t]), labels[k : k + 1])) for k, t in enumerate(texts)]
    return classifying.cross_entropy(model, (model.encode(texts), labels)), weighted(alone, [1] * len(texts))


def gates_of_recordings():
    _, pairs = speech(Hearing)
    layer, heard = nn.LSTM(3, 6, batch_first=True).double(), [x for x, _ in pairs]
    rows = nn.utils.rnn.pad_sequence(heard, batch_first=True)  # (B, T, I)
    together = monitor.gate_histograms(layer, rows, lengths=torch.tensor(LENGTHS))
    alone = [monitor.gate_histograms(layer, x.unsqueeze(0)) for x in heard]
    mean = [weighted([torch.tensor(found[gate]) for found in alone], LENGTHS) for gate in together]
    return torch.tensor(list(together.values())), torch.stack(mean)


HELPERS = [
    scores_of_recordings,
    verdicts,
    loss_of_recordings,
    loss_of_every_frame,
    name_bits,
    scores_of_names,
    scores_of_tags,
    loss_of_tags,
    loss_of_translations,
    greedy_translations,
    scores_of_texts,
    loss_of_texts,
    gates_of_recordings,
]
TRIED = {"Tagger.forward", "Seq2Seq.encode", "Seq2Seq.forward", "greedy_decode", "gate_histograms"}


def taking_lengths():
    """What takes `lengths` at the top level of a module of course_utils.training, or in a class there."""
    for path in sorted(Path(training.__file__).parent.glob("*.py")):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        classes = [(f"{c.name}.", c.body) for c in body if isinstance(c, ast.ClassDef)]
        for prefix, statements in [("", body), *classes]:
            for statement in statements:
                if isinstance(statement, ast.FunctionDef) and "lengths" in [a.arg for a in statement.args.args]:
                    yield prefix + statement.name


def test_whatever_takes_lengths_is_tried_here():
    assert set(taking_lengths()) == TRIED


def apart(helper):
    with torch.no_grad():
        together, alone = helper()
    assert together.shape == alone.shape
    return (together.double() - alone.double()).abs().max().item()


@pytest.mark.parametrize("helper", HELPERS, ids=lambda helper: helper.__name__)
def test_alone_and_in_a_batch_are_the_same(helper):
    assert apart(helper) < 1e-6


# --- the control: helpers that read the padding are found out


def unpacked(pairs):
    padded = nn.utils.rnn.pad_sequence([x for x, _ in pairs])
    return padded, torch.stack([k for _, k in pairs])


@pytest.mark.parametrize("helper", [scores_of_recordings, loss_of_recordings], ids=lambda helper: helper.__name__)
def test_padded_recordings_are_found_out(helper, monkeypatch):
    monkeypatch.setattr(recordings, "_bundle", unpacked)
    assert apart(helper) > 1e-3


def test_padding_in_the_loss_is_found_out(monkeypatch):
    def counting_padding(model, batch):
        letters, following = batch
        return F.cross_entropy(model(letters).transpose(1, 2), following.clamp(min=0))

    monkeypatch.setattr(names, "_cross_entropy", counting_padding)
    assert apart(name_bits) > 1e-3


def test_samples_do_not_depend_on_those_still_being_written():
    """A text that has ended stays as it was, however long its neighbours go on."""

    class Counting(nn.Module):  # row k ends after k + 1 letters, whatever else is in the batch
        def forward(self, ids):
            scores = torch.full((*ids.shape, len(names.VOCABULARY)), -100.0)
            ends = ids.shape[1] > torch.arange(len(ids)) + 1
            scores[..., 3] = 0.0
            scores[ends, :, names.VOCABULARY.eos] = 100.0
            return scores

    texts = training.sample_texts(Counting(), names.VOCABULARY, 4, torch.Generator().manual_seed(0))
    assert texts == ["a", "aa", "aaa", "aaaa"]
