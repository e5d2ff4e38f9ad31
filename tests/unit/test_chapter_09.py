"""Chapter 09: the sampler, the masked columns of W_h, early stopping, and what the claims rest on."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Sampler

KNOWN = {
    "copy": copy,
    "torch": torch,
    "nn": nn,
    "F": F,
    "pad_sequence": pad_sequence,
    "DataLoader": DataLoader,
    "Sampler": Sampler,
}


@pytest.fixture(scope="module")
def chapter(run_cells):
    cells = ("bucket-sampler", "small-data", "train-code", "locked-speaker", "decay-step", "layernorm-cell")
    return run_cells("09", *cells, definitions=True, **KNOWN)


# --- buckets


@pytest.mark.parametrize("count, batch_size, pool", [(270, 27, 5), (100, 7, 3), (5, 8, 2)])
def test_each_item_comes_once_and_batches_have_their_size(chapter, count, batch_size, pool):
    lengths = torch.randint(1, 50, (count,), generator=torch.Generator().manual_seed(0))
    sampler = chapter["BucketSampler"](lengths, batch_size, pool, torch.Generator().manual_seed(1))
    first, second = list(sampler), list(sampler)
    for batches in (first, second):
        assert sorted(k for batch in batches for k in batch) == list(range(count))
        assert all(len(batch) <= batch_size for batch in batches) and len(batches) == len(sampler)
    assert count <= batch_size or first != second


def test_a_pool_that_holds_all_makes_the_least_padding(chapter):
    lengths = torch.randint(1, 50, (240,), generator=torch.Generator().manual_seed(0))

    def padding(pool):
        sampler = chapter["BucketSampler"](lengths, 24, pool, torch.Generator().manual_seed(1))
        return sum((lengths[b].max() - lengths[b]).sum().item() for b in sampler)

    best = lengths.sort().values.split(24)
    assert padding(10) == sum((b.max() - b).sum().item() for b in best)
    assert padding(10) < padding(3) < padding(1)


# --- dropout along time


def by_steps(speaker, x, masks):
    """The two layers written as loops: h_{t-1} is multiplied by a mask before W_h."""
    for lstm, mask in zip((speaker.first, speaker.second), masks):
        h = c = x.new_zeros(len(x), lstm.hidden_size)
        states = []
        for x_t in x.unbind(1):
            gates = x_t @ lstm.weight_ih_l0.T + lstm.bias_ih_l0 + (h * mask) @ lstm.weight_hh_l0.T + lstm.bias_hh_l0
            i, f, g, o = gates.chunk(4, dim=1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            states.append(h)
        x = torch.stack(states, dim=1)
    return x


def test_columns_of_W_h_set_to_zero_are_units_dropped_at_every_step(chapter, monkeypatch):
    torch.manual_seed(0)
    speaker = chapter["LockedSpeaker"](hidden=8).double()
    x, lengths = torch.randn(3, 6, 12).double(), torch.tensor([6, 6, 6])
    drawn = []

    def dropout(ones, rate, training):  # what the model draws, remembered; nothing between the layers
        mask = (torch.rand_like(ones) < 0.5).double() * 2 if ones.ndim == 1 else ones
        drawn.append(mask)
        return mask

    monkeypatch.setattr(F, "dropout", dropout)
    scores = speaker(x, lengths)
    states = by_steps(speaker, x, [mask for mask in drawn if mask.ndim == 1])
    assert torch.allclose(scores, speaker.readout(states[:, -1]), atol=1e-12)
    scores.sum().backward()
    dropped = drawn[0] == 0
    assert dropped.any() and (speaker.first.weight_hh_l0.grad[:, dropped] == 0).all()
    assert (speaker.first.weight_hh_l0.grad[:, ~dropped] != 0).any()


def test_without_dropout_both_speakers_are_the_same_network(chapter):
    """So that the two arms of the trial differ in the place of dropout alone, initial weights included."""
    x, lengths = torch.randn(3, 6, 12), torch.tensor([4, 6, 2])
    torch.manual_seed(5)
    plain = chapter["Speaker"](hidden=8)
    torch.manual_seed(5)
    locked = chapter["LockedSpeaker"](hidden=8, dropout=0.5).eval()
    assert torch.allclose(plain(x, lengths), locked(x, lengths), atol=1e-6)
    locked.train()
    assert not torch.allclose(plain(x, lengths), locked(x, lengths), atol=1e-3)


@pytest.mark.parametrize("kind", ["Speaker", "LockedSpeaker"])
def test_padding_does_not_reach_the_scores(chapter, kind):
    torch.manual_seed(0)
    model = chapter[kind](hidden=8).double().eval()
    xs = [torch.randn(L, 12).double() for L in (4, 6, 2)]
    together = model(*chapter["collate"](xs))
    alone = torch.cat([model(*chapter["collate"]([x])) for x in xs])
    assert torch.allclose(together, alone, atol=1e-12)


# --- early stopping


class Scripted(nn.Module):
    """Its validation loss follows a script; its one weight counts the epochs."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, x, lengths):
        return self.weight * torch.ones(len(x), 9)


@pytest.mark.parametrize(
    "losses, patience, ran, kept",
    [
        ([5, 4, 3, 4, 4, 4, 4, 1], 3, 6, 3),  # stops three epochs after its best, and returns to it
        ([5, 4, 4.5, 3, 4, 4, 4, 4], 3, 7, 4),  # a single wobble does not stop it
        ([5, 4, 4.5, 3, 4, 4, 4, 4], 1, 3, 2),  # with a patience of one it does
        ([5, 4, 3, 2, 1, 0.5, 0.4, 0.3], 3, 8, 8),
        ([5, 4, 3, 4, 4, 4, 4, 1], None, 8, 8),  # without patience nothing is stopped or restored
    ],
)
def test_patience_and_rewinding(run_cells, losses, patience, ran, kept):
    space = run_cells("09", "small-data", "train-code", definitions=True, **KNOWN)
    model, script = Scripted(), iter(losses)

    class Counting:
        def __init__(self, parameters, **options):
            self.parameters = list(parameters)

        def zero_grad(self):
            pass

        def step(self):
            with torch.no_grad():
                for p in self.parameters:
                    p += 1

    def evaluate(model, part):
        return (next(script), 0.0) if part == "validation" else (0.0, 0.0)

    space["evaluate"] = evaluate
    task = ([torch.zeros(2, 12)] * 3, torch.zeros(3, dtype=torch.int64)), "validation", None
    history = space["train"](model, task, 0, optimizer=Counting, patience=patience, epochs=len(losses))
    assert len(history) == ran and model.weight.item() == kept


# --- splits, decay, layer normalisation


def test_validation_shares_no_recording_with_training_and_test_is_apart(run_cells):
    from course_utils import data

    train, test = data.japanese_vowels()
    space = {**KNOWN, "train_x": train[0], "train_y": train[1], "test_x": test[0], "test_y": test[1]}
    task = run_cells("09", "small-data", definitions=True, **space)["small_task"]
    for seed in range(3):
        (x, y), (val_x, val_y), (unseen, unseen_y) = task(seed)
        assert y.bincount().tolist() == val_y.bincount().tolist() == [5] * 9 and len(unseen) == 370
        frames = {tuple(map(float, clip.flatten())) for clip in x}
        assert len(frames) == 45 and not frames & {tuple(map(float, clip.flatten())) for clip in val_x}
        assert torch.allclose(torch.cat(x).mean(0), torch.zeros(12), atol=1e-5)
        assert torch.equal(unseen_y, test[1])


def test_ordinary_cell_without_normalisation(chapter):
    torch.manual_seed(0)
    ours = chapter["LayerNormLSTMCell"](3, 4, normalise=False).double()
    theirs = nn.LSTMCell(3, 4, bias=False).double()
    theirs.load_state_dict({"weight_ih": ours.from_input.weight, "weight_hh": ours.from_state.weight})
    x, state = torch.randn(2, 3).double(), (torch.randn(2, 4).double(), torch.randn(2, 4).double())
    for a, b in zip(ours(x, state), theirs(x, state)):
        assert torch.allclose(a, b, atol=1e-12)
