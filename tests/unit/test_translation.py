"""The translator that chapter 10 writes, in its helper: what padding, ending and searching do."""

import itertools

import pytest
import torch

from course_utils import data
from course_utils.training.translation import (
    Seq2Seq,
    beam_search,
    exact_match,
    greedy_decode,
    teacher_forced_loss,
    train_translator,
)

V, EOS = 5, data.Vocabulary.eos


def tiny(seed, scale=4):
    torch.manual_seed(seed)
    model = Seq2Seq(V, V, embedding=4, hidden=6)
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(scale)
    return model


def encoded(model):
    return model.encode(torch.tensor([[3, 4, 3]]), torch.tensor([3]))


@torch.no_grad()
def every_sentence(model, longest, alpha):
    """(score, symbols) of everything that can be written, by the plain product of steps."""
    for n in range(1, longest + 1):
        for symbols in itertools.product(range(V), repeat=n):
            if EOS in symbols[:-1] or (symbols[-1] != EOS and n < longest):
                continue
            state, last, log_p = encoded(model), 1, 0.0
            for symbol in symbols:
                scores, state = model.decode(torch.tensor([[last]]), state)
                log_p, last = log_p + scores[0, 0].log_softmax(-1)[symbol].item(), symbol
            yield log_p / n**alpha, list(symbols)


@pytest.mark.parametrize("seed, alpha", [(0, 0.0), (0, 1.0), (1, 0.0), (1, 1.0)])
def test_a_beam_without_limit_is_exhaustive_search(seed, alpha):
    model = tiny(seed)
    best = max(every_sentence(model, 3, alpha))
    score, symbols = beam_search(model, encoded(model), V**3, 3, alpha)[0]
    assert symbols == best[1] and score == pytest.approx(best[0], abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_of_one_is_greedy(seed):
    model = tiny(seed)
    greedy = greedy_decode(model, torch.tensor([[3, 4, 3]]), torch.tensor([3]), 6)[0].tolist()
    symbols = beam_search(model, encoded(model), 1, 6)[0][1]
    assert greedy == symbols + [0] * (6 - len(symbols))


def test_padding_changes_neither_scores_nor_translations_nor_loss():
    model = tiny(0, scale=1)
    pairs = [("ab", "ba"), ("abab", "baba")]
    vocabulary = data.Vocabulary("ab")
    together, alone = (data.translation_batch(rows, vocabulary, vocabulary) for rows in (pairs, pairs[:1]))
    longer = data.translation_batch(pairs[1:], vocabulary, vocabulary)
    assert torch.allclose(model(*together[:2], together[2])[:1, :3], model(*alone[:2], alone[2]), atol=1e-6)
    assert torch.equal(greedy_decode(model, *together[:2], 5)[:1], greedy_decode(model, *alone[:2], 5))
    summed = 3 * teacher_forced_loss(model, alone) + 5 * teacher_forced_loss(model, longer)
    assert torch.isclose(teacher_forced_loss(model, together), summed / 8)


def test_the_loss_never_shows_the_decoder_what_it_has_to_write():
    model, (sources, lengths, targets) = tiny(0), data.copy_batch(4, 3, 3, 2, torch.Generator().manual_seed(0))
    fed = []
    model.decoder.register_forward_hook(lambda module, inputs, output: fed.append(inputs[0]))
    teacher_forced_loss(model, (sources, lengths, targets))
    begin = torch.full((4, 1), data.Vocabulary.bos)
    assert torch.equal(fed[0], model.target_embed(torch.cat([begin, targets[:, :-1]], 1)))


def test_greedy_decoding_is_padded_behind_the_end():
    class Script(Seq2Seq):
        def encode(self, sources, lengths):
            return torch.zeros(1, dtype=torch.long)

        def decode(self, tokens, step):
            said = torch.tensor([[3, EOS, 4, 4], [4, 3, EOS, 3]])[:, step]
            return torch.nn.functional.one_hot(said, V).float(), step + 1

    sources = torch.zeros(2, 1, dtype=torch.long)
    assert greedy_decode(Script(V, V), sources, None, 4).tolist() == [[3, EOS, 0, 0], [4, 3, EOS, 0]]


def test_exact_match_counts_whole_rows_of_any_width():
    targets = torch.tensor([[3, 4, 2], [3, 2, 0]])
    assert exact_match(torch.tensor([[3, 4, 2, 0], [3, 2, 0, 0]]), targets) == 1
    assert exact_match(torch.tensor([[3, 4, 2, 4], [3, 2, 0, 0]]), targets) == 0.5
    assert exact_match(torch.tensor([[3, 4], [3, 2]]), targets) == 0.5


def test_training_learns_and_a_seed_repeats_it():
    vocabulary = data.Vocabulary("ab")
    pairs = [("".join(word), "".join(reversed(word))) for word in itertools.product("ab", repeat=3)] * 8

    def trained():
        torch.manual_seed(0)
        model = Seq2Seq(len(vocabulary), len(vocabulary), hidden=16)
        history = train_translator(model, pairs, vocabulary, vocabulary, seed=0, epochs=20, batch_size=16)
        return model, history.loss

    model, losses = trained()
    sources, lengths, targets = data.translation_batch(pairs[:8], vocabulary, vocabulary)
    assert exact_match(greedy_decode(model, sources, lengths, 4), targets) == 1
    assert trained()[1] == losses
