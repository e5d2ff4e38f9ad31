"""Texts out of a trained language model."""

import torch


@torch.no_grad()
def sample_texts(model, vocabulary, count, generator, longest=20):
    """`count` texts written by a character model, a list: it begins with <bos>, and each next symbol is drawn by the
    model's probabilities and fed back, until <eos> or `longest` symbols.

    model(inputs (B, T) int64) -> scores (B, T, V), as it was trained with data.shifted_batch. <pad> and <bos> are
    never drawn. The whole beginning is read again at every step: slow, but it asks nothing of the model's state."""
    ids = torch.full((count, 1), vocabulary.bos)
    for _ in range(longest):
        scores = model(ids)[:, -1]  # (B, V)
        scores[:, [vocabulary.pad, vocabulary.bos]] = -torch.inf
        ids = torch.cat([ids, torch.multinomial(scores.softmax(-1), 1, generator=generator)], dim=1)
    texts = []
    for row in ids.tolist():
        end = row.index(vocabulary.eos) if vocabulary.eos in row else len(row)
        texts.append(vocabulary.decode(row[:end]))
    return texts
