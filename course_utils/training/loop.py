"""A training loop to read from top to bottom."""

from dataclasses import dataclass, field

import torch

from course_utils import language
from course_utils.explore.progress import progress


@dataclass(repr=False)
class History:
    """What a training left behind, as lists of floats."""

    loss: list = field(default_factory=list)  # one for each step
    grad_norm: list = field(default_factory=list)  # one for each step: the global norm before clipping
    validation: list = field(default_factory=list)  # one for each epoch: mean loss over the validation batches

    def __repr__(self):
        return f"History({len(self.loss)} steps)"  # no losses: they differ from machine to machine


def fit(model, loss, batches, epochs=1, *, lr=1e-3, optimizer=None, clip=1.0, validation=None, label=None):
    """Train `model` in place and return its History.

    loss(model, batch) -> scalar tensor; what a batch is, is between the two of them.
    batches and validation are iterated once in each epoch: lists or DataLoaders, not generators.
    optimizer replaces Adam with learning rate lr. clip is the largest global gradient norm (None: no clipping)."""
    if iter(batches) is batches or iter(validation or []) is validation:
        raise ValueError("batches are needed again in every epoch: pass a list or a DataLoader, not a generator")
    if validation is not None and not len(validation):
        raise ValueError("validation holds no batch: fill it, or leave it out")
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = optimizer or torch.optim.Adam(parameters, lr=lr)
    history = History()
    for _ in progress(range(epochs), label or language.say("训练", "training")):
        model.train()
        for batch in batches:
            optimizer.zero_grad()
            value = loss(model, batch)
            value.backward()
            norm = torch.nn.utils.clip_grad_norm_(parameters, float("inf") if clip is None else clip)
            optimizer.step()
            history.loss.append(value.item())
            history.grad_norm.append(norm.item())
        if validation is not None:
            model.eval()
            with torch.no_grad():
                values = [loss(model, batch).item() for batch in validation]
            history.validation.append(sum(values) / len(values))
    return history
