"""Characters to numbers, and batches of texts for a language model."""

import random

import torch
from torch.nn.utils.rnn import pad_sequence

IGNORE = -100  # the target that cross_entropy leaves out (its default ignore_index)


class Vocabulary:
    """Numbers for symbols: `<pad>` 0, `<bos>` 1, `<eos>` 2, then the symbols in sorted order."""

    pad, bos, eos = 0, 1, 2

    def __init__(self, symbols):
        self.symbols = ["<pad>", "<bos>", "<eos>", *sorted(set(symbols))]
        self._ids = {symbol: id for id, symbol in enumerate(self.symbols)}

    @classmethod
    def of(cls, texts):
        """The vocabulary of all characters in `texts`."""
        return cls(character for text in texts for character in text)

    def __len__(self):
        return len(self.symbols)

    def __repr__(self):
        return f"Vocabulary({len(self)} symbols)"

    def encode(self, text):
        """The ids of the symbols of `text`, a list; nothing is added around them. ValueError for a symbol it does not
        have."""
        if unknown := sorted({symbol for symbol in text if symbol not in self._ids}):
            raise ValueError(f"not in the vocabulary: {unknown}")
        return [self._ids[symbol] for symbol in text]

    def decode(self, ids):
        """The text of `ids` (a list or a tensor (T,)), without the special symbols."""
        return "".join(self.symbols[id] for id in ids if id > self.eos)


def shifted_batch(texts, vocabulary):
    """Inputs and targets of a language model: at each step the target is the next symbol.

    Returns inputs (B, T) beginning with <bos> and padded with <pad>, and targets (B, T) ending with <eos> and padded
    with
    -100, which cross_entropy ignores; T is the longest text + 1. Serves as collate_fn of a DataLoader."""
    ids = [[vocabulary.bos, *vocabulary.encode(text), vocabulary.eos] for text in texts]
    inputs = pad_sequence([torch.tensor(row[:-1]) for row in ids], batch_first=True, padding_value=vocabulary.pad)
    targets = pad_sequence([torch.tensor(row[1:]) for row in ids], batch_first=True, padding_value=IGNORE)
    return inputs, targets


def translation_batch(pairs, source, target):
    """Pairs of strings as tensors for an encoder and a decoder; source and target are their vocabularies.

    Returns sources (B, S) int64 padded with <pad>, their lengths (B,), and targets (B, T) ending with <eos> and padded
    with <pad>. Serves as collate_fn of a DataLoader: partial(translation_batch, source=…, target=…)."""
    sources = [torch.tensor(source.encode(written)) for written, _ in pairs]
    targets = [torch.tensor([*target.encode(wanted), target.eos]) for _, wanted in pairs]
    lengths = torch.tensor([len(row) for row in sources])
    return pad_sequence(sources, batch_first=True), lengths, pad_sequence(targets, batch_first=True)


def split(items, fraction, seed):
    """Shuffle with `seed` and hold out `fraction` of the items. Returns (train, held_out), two lists."""
    if not 0 < fraction < 1:
        raise ValueError(f"fraction is the share that is held out, between 0 and 1, got {fraction}")
    items = list(items)
    random.Random(seed).shuffle(items)
    n = round(fraction * len(items))
    return items[n:], items[:n]
