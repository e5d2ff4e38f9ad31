"""Texts and their classes: the two classifiers of chapter 16a, for other texts than the chapter's."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from .loop import fit

PAD, UNKNOWN = 0, 1


def ngrams(text, longest):
    """All pieces of 1 to `longest` characters of `text`, a list, repetitions included."""
    return [text[k : k + n] for n in range(1, longest + 1) for k in range(len(text) - n + 1)]


class Linear(nn.Module):
    """Logistic regression on the n-grams of a text: each has a weight for each class, and they are added up.

    It knows the n-grams that occur at least `often` times in `texts`."""

    def __init__(self, texts, classes, longest, often=1):
        super().__init__()
        counts = {}
        for text in texts:
            for piece in ngrams(text, longest):
                counts[piece] = counts.get(piece, 0) + 1
        known = sorted(piece for piece, count in counts.items() if count >= often)
        self.longest, self.ids = longest, {piece: k for k, piece in enumerate(known, start=1)}
        self.weights = nn.EmbeddingBag(len(known) + 1, classes, mode="sum", padding_idx=PAD)
        nn.init.zeros_(self.weights.weight)

    def encode(self, texts):
        """List of texts -> ids (B, pieces), padded with 0."""
        rows = [[self.ids[piece] for piece in ngrams(text, self.longest) if piece in self.ids] for text in texts]
        return pad_sequence([torch.tensor(row, dtype=torch.long) for row in rows], batch_first=True)

    def forward(self, ids):  # (B, pieces) -> (B, classes)
        return self.weights(ids)


class Reader(nn.Module):
    """Embedding, one LSTM layer, the mean of its states over the real characters, a score for each class. It knows the
    characters of `texts`, and reads the first `longest` of a text."""

    def __init__(self, texts, classes, embedding=24, hidden=32, longest=None):
        super().__init__()
        self.ids = {character: k for k, character in enumerate(sorted(set().union(*texts)), start=2)}
        self.longest = longest
        self.embedding = nn.Embedding(len(self.ids) + 2, embedding, padding_idx=PAD)
        self.lstm = nn.LSTM(embedding, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, classes)

    def encode(self, texts):
        """List of texts -> ids (B, T), padded with 0."""
        rows = [[self.ids.get(character, UNKNOWN) for character in text[: self.longest]] for text in texts]
        return pad_sequence([torch.tensor(row) for row in rows], batch_first=True)

    def forward(self, ids):  # (B, T) -> (B, classes)
        states, _ = self.lstm(self.embedding(ids))  # (B, T, H)
        real = (ids != PAD).unsqueeze(2)  # (B, T, 1)
        return self.readout((states * real).sum(1) / real.sum(1))


def cross_entropy(model, batch):
    ids, labels = batch
    return F.cross_entropy(model(ids), labels)


def train_classifier(model, pairs, seed, epochs, lr, label):
    """Train `model` (Linear or Reader) on `pairs` of (text, class): Adam, batches of 64. Returns it."""

    def collate(pairs):
        texts, labels = zip(*pairs)
        return model.encode(texts), torch.tensor(labels)

    generator = torch.Generator().manual_seed(seed)
    batches = torch.utils.data.DataLoader(pairs, 64, shuffle=True, collate_fn=collate, generator=generator)
    fit(model, cross_entropy, batches, epochs=epochs, lr=lr, label=label)
    return model.eval()


@torch.no_grad()
def probabilities(model, texts):
    """(B, classes): what the model thinks of each text; batches of 256."""
    parts = [model(model.encode(texts[k : k + 256])).softmax(1) for k in range(0, len(texts), 256)]
    return torch.cat(parts)
