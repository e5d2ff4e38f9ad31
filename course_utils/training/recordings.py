"""Networks that hear recordings of different lengths: how they are trained and asked. The networks themselves stand in
the chapter. A recording is a tensor (T, I); a network takes a bundle of them (a PackedSequence)."""

import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_sequence

from .loop import fit


def train_on_recordings(model_class, recordings, speakers, seed, *, every_frame=False):
    """A trained model_class(). Its scores are one row for each recording or, with every_frame, one for each frame.

    recordings: list of (T, I). speakers: (N,) int64."""
    torch.manual_seed(seed)
    model = model_class()
    batches = torch.utils.data.DataLoader(
        list(zip(recordings, speakers)),
        batch_size=64,
        shuffle=True,
        collate_fn=_bundle_frames if every_frame else _bundle,
    )
    fit(model, _cross_entropy, batches, epochs=25, lr=1e-2, label=f"{model_class.__name__} {seed}")
    return model


def train_linear(features, speakers, label):
    """A linear classifier (logistic regression) of features (N, I) into as many speakers as occur."""
    torch.manual_seed(0)
    model = torch.nn.Linear(features.shape[1], int(speakers.max()) + 1)
    fit(model, _cross_entropy, [(features, speakers)], epochs=300, lr=0.05, label=label)
    return model


@torch.no_grad()
def verdicts(model, recordings):
    """Whom the model names for each of N recordings, heard to the end: (N,)."""
    return model(pack_sequence(recordings, enforce_sorted=False)).argmax(1)


@torch.no_grad()
def running_verdicts(model, recording):
    """Whom a model with scores for every frame names after each frame of a recording (T, I): (T,)."""
    return model(pack_sequence([recording])).argmax(1)


def right_by_frame(named, speakers):
    """The share named rightly after 1, 2, … frames, up to the longest recording: (T,). A recording that has ended
    counts with its last verdict. named: for each recording, whom it was taken for after each frame (T,)."""
    longest = max(map(len, named))
    right = [who == speaker for who, speaker in zip(named, speakers)]
    return torch.stack([torch.cat([r, r[-1:].expand(longest - len(r))]) for r in right]).float().mean(0)


def _bundle(pairs):
    recordings, speakers = zip(*pairs)
    return pack_sequence(recordings, enforce_sorted=False), torch.stack(speakers)


def _bundle_frames(pairs):
    """The same, with a label for every frame."""
    of_frames = [speaker.expand(len(recording)) for recording, speaker in pairs]
    return _bundle(pairs)[0], pack_sequence(of_frames, enforce_sorted=False).data


def _cross_entropy(model, batch):
    inputs, speakers = batch
    return F.cross_entropy(model(inputs), speakers)
