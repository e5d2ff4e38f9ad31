"""Named entities: the tagger and the score of chapter 08, for other sentences than the chapter's."""

from collections import Counter, defaultdict

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from .loop import fit

PAD, UNKNOWN = 0, 1  # numbers of characters
IGNORE = -100  # the tag on padding, which cross_entropy leaves out


def entities(tags):
    """BIO tags of one sentence -> {(start, end, type)}. An I- that continues nothing belongs to no entity."""
    found, start, kind = set(), None, None
    for t, tag in enumerate([*tags, "O"]):
        if start is not None and tag != f"I-{kind}":
            found.add((start, t, kind))
            start = None
        if tag.startswith("B-"):
            start, kind = t, tag[2:]
    return found


def entity_f1(predicted, true):
    """Micro F1 over whole entities, 0 to 1: start, end and type must be right; 0 where there is no entity
    at all. Two lists of tag sequences."""
    pairs = [(entities(p), entities(t)) for p, t in zip(predicted, true)]
    right, total = sum(len(p & t) for p, t in pairs), sum(len(p) + len(t) for p, t in pairs)
    return 2 * right / total if total else 0.0


def usual_tags(train, sentences):
    """The baseline: each character gets the tag that it has most often in `train`, an unknown one O.

    train, sentences: lists of (characters, tags). Returns a list of tag sequences."""
    counts = defaultdict(Counter)
    for characters, tags in train:
        for character, tag in zip(characters, tags):
            counts[character][tag] += 1
    usual = {character: count.most_common(1)[0][0] for character, count in counts.items()}
    return [[usual.get(character, "O") for character in characters] for characters, _ in sentences]


class Tagger(nn.Module):
    """Embedding, one LSTM layer of `hidden` units in all, a score for each tag at each character. It knows the
    characters and tags of the sentences it is made from."""

    def __init__(self, train, bidirectional, embedding=64, hidden=128):
        super().__init__()
        self.characters = {c: k for k, c in enumerate(sorted({c for cs, _ in train for c in cs}), start=2)}
        self.tags = sorted({tag for _, tags in train for tag in tags})
        self.embedding = nn.Embedding(len(self.characters) + 2, embedding, padding_idx=PAD)
        units = hidden // 2 if bidirectional else hidden
        self.lstm = nn.LSTM(embedding, units, batch_first=True, bidirectional=bidirectional)
        self.readout = nn.Linear(hidden, len(self.tags))

    def encode(self, sentences):
        """List of (characters, tags) -> x (B, T), lengths (B,), y (B, T)."""
        xs = [torch.tensor([self.characters.get(c, UNKNOWN) for c in characters]) for characters, _ in sentences]
        ys = [torch.tensor([self.tags.index(tag) for tag in tags]) for _, tags in sentences]
        x = pad_sequence(xs, batch_first=True, padding_value=PAD)
        y = pad_sequence(ys, batch_first=True, padding_value=IGNORE)
        return x, torch.tensor([len(row) for row in xs]), y

    def forward(self, x, lengths):  # (B, T), (B,) -> (B, T, tags)
        packed = pack_padded_sequence(self.embedding(x), lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=x.shape[1])
        return self.readout(out)

    @torch.no_grad()
    def tag(self, sentences):
        """The best tag of each character: a list of tag sequences."""
        x, lengths, _ = self.encode(sentences)
        best = self(x, lengths).argmax(2)  # (B, T)
        return [[self.tags[k] for k in row[:n].tolist()] for row, n in zip(best, lengths)]


def train_tagger(train, bidirectional, seed, epochs, lr=4e-3):
    """A Tagger trained on `train`, a list of (characters, tags): Adam, batches of 64."""
    torch.manual_seed(seed)
    model = Tagger(train, bidirectional)
    batches = torch.utils.data.DataLoader(train, 64, shuffle=True, collate_fn=model.encode)
    label = f"{'BiLSTM' if bidirectional else 'LSTM'} {seed}"
    fit(model, _cross_entropy, batches, epochs=epochs, lr=lr, label=label)
    return model.eval()


def _cross_entropy(model, batch):
    x, lengths, y = batch
    return F.cross_entropy(model(x, lengths).flatten(0, 1), y.flatten(), ignore_index=IGNORE)
