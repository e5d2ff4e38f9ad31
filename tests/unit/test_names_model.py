"""The names model that chapters 05 and 06 share with chapter 02."""

import math

import pytest
import torch
from torch import nn

from course_utils.training.names import VOCABULARY, NameModel, name_bits, train_names

NAMES = ["ann", "anna", "bob", "hannah"]


class Uniform(nn.Module):
    def forward(self, inputs):
        return torch.zeros(*inputs.shape, len(VOCABULARY))


def test_bits_of_a_model_that_knows_nothing_are_the_logarithm_of_its_symbols():
    assert name_bits(Uniform(), NAMES) == pytest.approx(math.log2(len(VOCABULARY)))


@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM, nn.GRU])
def test_training_lowers_the_bits_and_a_seed_repeats_it(layer):
    before = name_bits(train_names(layer, 0, NAMES, epochs=0), NAMES)
    after = name_bits(train_names(layer, 0, NAMES, epochs=40), NAMES)
    assert after < before / 2
    assert after == name_bits(train_names(layer, 0, NAMES, epochs=40), NAMES)


def test_only_the_recurrent_layer_depends_on_the_layer():
    shapes = {
        layer: {name: p.shape for name, p in NameModel(layer).named_parameters() if not name.startswith("rnn")}
        for layer in (nn.RNN, nn.LSTM, nn.GRU)
    }
    assert shapes[nn.RNN] == shapes[nn.LSTM] == shapes[nn.GRU]
