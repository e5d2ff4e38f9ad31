"""The encoder and decoder of chapter 10, so that later chapters and recorded runs compare like with like."""

from functools import partial

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

from course_utils import data

from .loop import fit


class Seq2Seq(nn.Module):
    """An LSTM reads the source; another, started with its last state, writes the target (Sutskever et al. 2014)."""

    def __init__(self, source_symbols, target_symbols, embedding=16, hidden=96):
        super().__init__()
        self.source_embed = nn.Embedding(source_symbols, embedding)
        self.encoder = nn.LSTM(embedding, hidden, batch_first=True)
        self.target_embed = nn.Embedding(target_symbols, embedding)
        self.decoder = nn.LSTM(embedding, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, target_symbols)

    def encode(self, sources, lengths):
        """sources (B, S), lengths (B,) -> the state (h, c), each (1, B, H). Padding is never read."""
        embedded = self.source_embed(sources)
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        return self.encoder(packed)[1]

    def decode(self, tokens, state):
        """tokens (B, T), state -> scores of the tokens that follow (B, T, V), state."""
        out, state = self.decoder(self.target_embed(tokens), state)
        return self.readout(out), state

    def forward(self, sources, lengths, inputs):
        return self.decode(inputs, self.encode(sources, lengths))[0]


def teacher_forced_loss(model, batch):
    """Cross-entropy of a batch of data.translation_batch: each step is given the true symbol before it, <bos> first.
    Padding does not count."""
    sources, lengths, targets = batch
    inputs = F.pad(targets[:, :-1], (1, 0), value=data.Vocabulary.bos)  # (B, T)
    scores = model(sources, lengths, inputs)  # (B, T, V)
    return F.cross_entropy(scores.transpose(1, 2), targets, ignore_index=data.Vocabulary.pad)


@torch.no_grad()
def greedy_decode(model, sources, lengths, longest):
    """The likeliest symbol at every step, fed back: (B, longest), <eos> kept and <pad> after it."""
    state = model.encode(sources, lengths)
    token = sources.new_full((len(sources), 1), data.Vocabulary.bos)  # (B, 1)
    done = torch.zeros_like(token, dtype=torch.bool)
    written = []
    for _ in range(longest):
        scores, state = model.decode(token, state)
        token = scores.argmax(-1).masked_fill(done, data.Vocabulary.pad)
        written.append(token)
        done = done | (token == data.Vocabulary.eos)
    return torch.cat(written, dim=1)


def exact_match(predicted, targets):
    """Share of rows of predicted (B, T) that are the row of targets (B, T') and nothing else, padding aside."""
    width = max(predicted.shape[1], targets.shape[1])
    padded = (F.pad(rows, (0, width - rows.shape[1]), value=data.Vocabulary.pad) for rows in (predicted, targets))
    return torch.eq(*padded).all(dim=1).double().mean().item()


def train_translator(model, pairs, source, target, *, seed, epochs=1, lr=1e-2, batch_size=64, label=None):
    """Train `model` in place on pairs of strings and return the History: Adam, gradient norm clipped to 1.

    model is called as Seq2Seq is; source and target are the vocabularies."""
    torch.manual_seed(seed)
    collate = partial(data.translation_batch, source=source, target=target)
    batches = torch.utils.data.DataLoader(pairs, batch_size, shuffle=True, collate_fn=collate)
    return fit(model, teacher_forced_loss, batches, epochs, lr=lr, label=label)


@torch.no_grad()
def beam_search(model, state, width, longest, alpha=0.0):
    """The `width` best beginnings are kept at every step: a list of (score, symbols), best first, of one sentence.

    state: what model.encode made of it, batch 1. A translation that has ended leaves the beam (Sutskever et al. 2014),
    so the beam may run out before `longest`. score: log-probability divided by length ** alpha; alpha=0 is no
    normalisation, alpha=1 the mean. symbols: a list ending with <eos>, unless it was cut off at `longest`."""
    bos, eos = data.Vocabulary.bos, data.Vocabulary.eos
    alive, ended = [(0.0, [])], []  # (log-probability, symbols)
    for _ in range(longest):
        last = torch.tensor([[symbols[-1] if symbols else bos] for _, symbols in alive])  # (K, 1)
        scores, state = model.decode(last, state)  # (K, 1, V)
        so_far = torch.tensor([[log_p] for log_p, _ in alive])  # (K, 1)
        total = so_far + scores[:, -1].log_softmax(-1)  # (K, V)
        best = total.flatten().topk(min(width, total.numel()))
        grown, parents = [], []
        for log_p, place in zip(best.values.tolist(), best.indices.tolist()):
            parent, symbol = divmod(place, total.shape[1])
            candidate = (log_p, [*alive[parent][1], symbol])
            if symbol == eos:
                ended.append(candidate)
            else:
                grown.append(candidate)
                parents.append(parent)
        alive = grown
        if not alive:
            break
        state = tuple(part[:, parents] for part in state)
    scored = [(log_p / len(symbols) ** alpha, symbols) for log_p, symbols in ended + alive]
    return sorted(scored, key=lambda one: -one[0])
