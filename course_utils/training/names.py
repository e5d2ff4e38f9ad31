"""The names model of chapter 02 with any recurrent layer, so that later chapters compare like with like."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from course_utils import data

from .loop import fit

VOCABULARY = data.Vocabulary("abcdefghijklmnopqrstuvwxyz")


class NameModel(nn.Module):
    """Embedding, one recurrent layer, scores for the next letter. layer: nn.RNN, nn.LSTM or nn.GRU."""

    def __init__(self, layer, embedding=24, hidden=128):
        super().__init__()
        self.embed = nn.Embedding(len(VOCABULARY), embedding)
        self.rnn = layer(embedding, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, len(VOCABULARY))

    def forward(self, inputs):  # (B, T) -> (B, T, V)
        return self.readout(self.rnn(self.embed(inputs))[0])


def _collate(names):
    return data.shifted_batch(names, VOCABULARY)


def _cross_entropy(model, batch):
    letters, following = batch  # (B, T), (B, T)
    return F.cross_entropy(model(letters).transpose(1, 2), following)


def train_names(layer, seed, train, hidden=128, epochs=12, lr=2e-3):
    """A NameModel trained on the names `train` by the protocol of chapter 02: Adam, batches of 32, `epochs` rounds."""
    torch.manual_seed(seed)
    model = NameModel(layer, hidden=hidden)
    batches = torch.utils.data.DataLoader(train, batch_size=32, shuffle=True, collate_fn=_collate)
    fit(model, _cross_entropy, batches, epochs=epochs, lr=lr, label=f"{layer.__name__}, {seed}")
    return model


@torch.no_grad()
def name_bits(model, names):
    """Bits per character on `names`: what the model is surprised by each next letter, the end included."""
    return _cross_entropy(model, _collate(names)).item() / math.log(2)
