"""Make translation.csv: how well the translator of chapter 10 does on real English-Chinese pairs.

    python datasets/make_translation.py datasets/translation.csv

One thread, about three minutes on one core. translation.md describes the columns.
"""

import copy
import csv
import sys

import torch
from sacrebleu import corpus_bleu

from course_utils import data
from course_utils.training.translation import Seq2Seq, beam_search, train_translator

ROUNDS, HIDDEN = 8, 128
SEEDS = {"places": 3, "interface": 1}
EPOCHS = {"places": 8, "interface": 4}  # in each of the eight rounds
SETTINGS = [(1, 0.0), (5, 0.0), (5, 1.0)]  # width of the beam, exponent of the length


def translate(model, texts, source, target, width, alpha):
    model.eval()
    known = [[source.symbols.index(letter) for letter in text if letter in source.symbols] for text in texts]
    written = []
    for ids in known:
        state = model.encode(torch.tensor([ids]), torch.tensor([len(ids)]))
        written.append(target.decode(beam_search(model, state, width, 30, alpha)[0][1]))
    return written


def scores(written, wanted):
    """Exact match in percent, BLEU, and the written length as a share of the wanted one."""
    exact = 100 * sum(a == b for a, b in zip(written, wanted)) / len(wanted)
    bleu = corpus_bleu(written, [wanted], tokenize="zh").score
    return exact, bleu, sum(map(len, written)) / sum(map(len, wanted))


def best_on_validation(train, validation, source, target, seed, epochs):
    """Eight rounds of training; the model of the round that translates the validation set best."""
    torch.manual_seed(seed)
    model, best = Seq2Seq(len(source), len(target), embedding=32, hidden=HIDDEN), (-1.0, None)
    for round_ in range(ROUNDS):
        train_translator(model, train, source, target, seed=100 * seed + round_, epochs=epochs, lr=3e-3)
        written = translate(model, [a for a, _ in validation], source, target, 1, 0.0)
        bleu = scores(written, [b for _, b in validation])[1]
        if bleu > best[0]:
            best = (bleu, copy.deepcopy(model))
    return best[1]


def measure(name, pairs):
    """The rows of translation.csv on one set of pairs, one by one."""
    train, validation, test = data.pair_splits(pairs)
    source = data.Vocabulary.of(a for a, _ in train)
    target = data.Vocabulary.of(b for _, b in train)
    known = {b for _, b in train}
    for seed in range(SEEDS[name]):
        model = best_on_validation(train, validation, source, target, seed, EPOCHS[name])
        for part, sample in (("train", train[: len(test)]), ("test", test)):
            seen = 100 * sum(b in known for _, b in sample) / len(sample)
            for width, alpha in SETTINGS if part == "test" else SETTINGS[:1]:
                written = translate(model, [a for a, _ in sample], source, target, width, alpha)
                exact, bleu, length = scores(written, [b for _, b in sample])
                yield [name, seed, part, width, alpha, f"{exact:.1f}", f"{bleu:.1f}", f"{length:.2f}", f"{seen:.1f}"]


if __name__ == "__main__":
    torch.set_num_threads(1)
    with open(sys.argv[1], "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["data", "seed", "part", "width", "alpha", "exact", "bleu", "length", "seen"])
        for name, pairs in (("places", data.place_names()), ("interface", data.interface_sentences())):
            for row in measure(name, pairs):
                rows.writerow(row)
                file.flush()
