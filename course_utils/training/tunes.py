"""A character model for tunes: the names model once more, with two things that a form to remember asks for."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from course_utils import data, language
from course_utils.explore.progress import progress


class TuneModel(nn.Module):
    """Embedding, one LSTM, scores for the next symbol. forget_bias replaces the forget gates' bias of nn.LSTM; with
    None it stays as PyTorch draws it, close to 0."""

    def __init__(self, symbols, hidden=96, forget_bias=None):
        super().__init__()
        self.embed = nn.Embedding(symbols, 16)
        self.rnn = nn.LSTM(16, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, symbols)
        if forget_bias is not None:
            nn.init.constant_(self.rnn.bias_hh_l0[hidden : 2 * hidden], forget_bias)  # i, f, g, o

    def forward(self, ids):  # (B, T) -> (B, T, V)
        return self.readout(self.rnn(self.embed(ids))[0])


def train_tunes(seed, tunes, vocabulary, forget_bias=None, epochs=11):
    """A TuneModel trained on `tunes`: Adam in batches of 25, its learning rate up to 0.03 and down to nothing again
    (OneCycleLR), gradients clipped at 1."""
    torch.manual_seed(seed)
    model = TuneModel(len(vocabulary), forget_bias=forget_bias)
    batches = DataLoader(tunes, 25, shuffle=True, collate_fn=lambda texts: data.shifted_batch(texts, vocabulary))
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.03, total_steps=epochs * len(batches))
    for _ in progress(range(epochs), language.say(f"曲子，{seed}", f"tunes, {seed}")):
        for ids, following in batches:  # (B, T), (B, T)
            optimizer.zero_grad()
            F.cross_entropy(model(ids).transpose(1, 2), following).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return model
