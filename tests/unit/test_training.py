import pytest
import torch
from torch import nn

from course_utils import data, training


def mse(model, batch):
    x, y = batch
    return nn.functional.mse_loss(model(x), y)


@pytest.fixture
def line():
    """y = 3x − 1 in four batches, and a model that can learn it."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(4, 8, 1, generator=generator)
    model = nn.Linear(1, 1)
    nn.init.zeros_(model.weight), nn.init.zeros_(model.bias)
    return model, list(zip(x, 3 * x - 1))


def test_it_learns_and_records_every_step(line):
    model, batches = line
    history = training.fit(model, mse, batches, epochs=100, lr=0.05, validation=batches)
    assert torch.allclose(model.weight, torch.tensor([[3.0]]), atol=1e-2) and torch.allclose(
        model.bias, torch.tensor([-1.0]), atol=1e-2
    )
    assert len(history.loss) == len(history.grad_norm) == 400 and len(history.validation) == 100
    assert history.loss[0] == batches[0][1].square().mean().item()  # the model began at zero


def test_grad_norm_is_before_clipping_and_the_step_after_it(line):
    model, batches = line
    mse(model, batches[0]).backward()
    norm = torch.cat([p.grad.flatten() for p in model.parameters()]).norm().item()
    model.zero_grad()
    history = training.fit(model, mse, batches[:1], optimizer=torch.optim.SGD(model.parameters(), lr=1.0), clip=0.25)
    assert history.grad_norm == pytest.approx([norm]) and norm > 0.5
    moved = torch.cat([p.flatten() for p in model.parameters()]).norm().item()
    assert moved == pytest.approx(0.25, rel=1e-4)  # the parameters began at zero


def test_clip_none_leaves_the_gradient_alone(line):
    model, batches = line
    history = training.fit(model, mse, batches[:1], optimizer=torch.optim.SGD(model.parameters(), lr=1.0), clip=None)
    assert torch.cat([p.flatten() for p in model.parameters()]).norm().item() == pytest.approx(
        history.grad_norm[0], rel=1e-5
    )


def test_validation_is_in_eval_mode_without_gradients_and_training_is_not(line):
    model, batches = line
    seen = []

    def loss(model, batch):
        seen.append((model.training, torch.is_grad_enabled()))
        return mse(model, batch)

    training.fit(model, loss, batches[:1], epochs=2, validation=batches[:1])
    assert seen == [(True, True), (False, False)] * 2


def test_any_kind_of_batch():
    """A packed batch: what it is, only the loss knows."""
    rnn = nn.GRU(2, 3, batch_first=True)
    packed = nn.utils.rnn.pack_sequence([torch.ones(4, 2), torch.ones(2, 2)])
    history = training.fit(rnn, lambda model, batch: model(batch)[1].square().mean(), [packed], epochs=20, lr=0.05)
    assert history.loss[-1] < history.loss[0]


def test_validation_without_a_batch_is_refused_before_anything_is_trained(line):
    model, batches = line
    before = [p.detach().clone() for p in model.parameters()]
    with pytest.raises(ValueError, match="validation holds no batch"):
        training.fit(model, mse, batches, validation=[])
    assert all(map(torch.equal, before, model.parameters()))


def test_a_generator_would_be_empty_in_the_second_epoch(line):
    model, batches = line
    with pytest.raises(ValueError, match="list or a DataLoader"):
        training.fit(model, mse, iter(batches), epochs=2)
    with pytest.raises(ValueError, match="list or a DataLoader"):
        training.fit(model, mse, batches, epochs=2, validation=(b for b in batches))


def test_stored_output_has_no_numbers_that_differ_by_machine(line, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_STORE", "1")
    model, batches = line
    assert repr(training.fit(model, mse, batches, epochs=2, label="fit")) == "History(8 steps)"
    assert capsys.readouterr().out == "fit 2/2 ✔\n"


class Spelling(nn.Module):
    """Certain of everything: after <bos> a, after a b, after b <eos>; it would rather say <bos> or <pad>."""

    def forward(self, ids):
        scores = torch.full((*ids.shape, 5), -100.0)
        follows = torch.tensor([0, 3, 0, 4, 2])  # <pad>, <bos> -> a, <eos>, a -> b, b -> <eos>
        scores.scatter_(2, follows[ids].unsqueeze(2), 0.0)
        scores[:, :, :2] = 100.0
        return scores


def test_sampling_feeds_back_and_stops_at_the_end():
    vocabulary = data.Vocabulary("ab")
    generator = torch.Generator().manual_seed(0)
    assert training.sample_texts(Spelling(), vocabulary, 3, generator) == ["ab", "ab", "ab"]
    assert training.sample_texts(Spelling(), vocabulary, 2, generator, longest=1) == ["a", "a"]


def test_sampling_follows_the_probabilities_and_the_seed():
    def fair(ids):
        return torch.zeros(*ids.shape, 5)  # a, b and the end are equally likely

    vocabulary = data.Vocabulary("ab")
    texts = training.sample_texts(fair, vocabulary, 600, torch.Generator().manual_seed(1))
    assert 150 < sum(text == "" for text in texts) < 250 and 150 < sum(text[:1] == "b" for text in texts) < 250
    assert texts == training.sample_texts(fair, vocabulary, 600, torch.Generator().manual_seed(1))


class Counting(nn.Module):
    """Names, after each frame, how many frames it has heard so far; for whole recordings, how many there were."""

    def __init__(self, every_frame):
        super().__init__()
        self.every_frame = every_frame

    def forward(self, bundle):
        frames, lengths = nn.utils.rnn.pad_packed_sequence(bundle)  # (T, B, I), (B,)
        if self.every_frame:
            heard = torch.arange(len(frames)).unsqueeze(1).expand(-1, len(lengths))
            packed = nn.utils.rnn.pack_padded_sequence(heard, lengths, enforce_sorted=False)
            return nn.functional.one_hot(packed.data, 9).float()
        return nn.functional.one_hot(lengths - 1, 9).float()


def test_recordings_keep_their_order_and_their_frames():
    recordings = [torch.zeros(T, 2) for T in (3, 5, 1)]
    assert training.verdicts(Counting(False), recordings).tolist() == [2, 4, 0]
    assert [training.running_verdicts(Counting(True), x).tolist() for x in recordings] == [
        [0, 1, 2],
        [0, 1, 2, 3, 4],
        [0],
    ]


def test_a_recording_that_has_ended_counts_with_its_last_verdict():
    named = [torch.tensor([1, 0]), torch.tensor([2, 2, 0, 2])]
    share = training.right_by_frame(named, torch.tensor([0, 2]))
    assert share.tolist() == [0.5, 1.0, 0.5, 1.0]


class Loud(nn.Module):
    """Two speakers told apart by the level of their frames."""

    def __init__(self):
        super().__init__()
        self.rnn, self.readout = nn.GRU(1, 4), nn.Linear(4, 2)

    def forward(self, bundle):
        return self.readout(self.rnn(bundle)[0].data)


def test_training_labels_every_frame_with_its_own_speaker():
    speakers = torch.arange(40) % 2
    recordings = [torch.full((1 + k % 7, 1), float(2 * k % 4 - 1)) for k in range(40)]
    model = training.train_on_recordings(Loud, recordings, speakers, seed=0, every_frame=True)
    named = [training.running_verdicts(model, x) for x in recordings]
    assert training.right_by_frame(named, speakers)[-1] == 1.0
