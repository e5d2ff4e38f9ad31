"""Tunes of our own making, in ABC notation: openly synthetic, so that what their form asks for is known."""

import random

from .text import split

SCALE = "CDEGAcd"  # the pentatonic scale, from low to high; c is an octave above C
RHYTHMS = [(1, 1, 1, 1), (2, 1, 1), (1, 1, 2), (2, 2)]  # four eighths to a bar
CLOSED = ["E2C2", "EDC2", "D2C2", "C4"]  # bars that end a phrase on the home note C
OPEN = ["E2D2", "CED2", "A2G2", "G4"]  # and bars that leave it open


def tunes(count, seed):
    """`count` different tunes of eight bars, a list: in 2/4, an eighth the unit, bars joined by `|`.

    Four phrases of two bars, A A' B A: the second begins like the first and ends open, the third is another, and the
    fourth is the first again, letter for letter."""
    rng, made = random.Random(seed), {}
    while len(made) < count:
        opening, closed = _bar(rng, rng.choice((0, 2, 3))), rng.choice(CLOSED)
        other = [_bar(rng, rng.choice((4, 5, 6))), _bar(rng, rng.choice((2, 3)))]
        made["|".join([opening, closed, opening, rng.choice(OPEN), *other, opening, closed])] = None
    return list(made)


def tune_splits():
    """2,400 tunes in three: train (2,000), validation (200) and test (200), lists that are the same every time."""
    rest, test = split(tunes(2400, seed=0), 1 / 12, seed=0)
    train, validation = split(rest, 1 / 11, seed=0)
    return train, validation, test


def with_header(tune, title):
    """`tune` as an ABC file that other programs play: number, title, metre, unit length and key before it."""
    return f"X:1\nT:{title}\nM:2/4\nL:1/8\nK:C\n{tune}|]\n"


def _bar(rng, at):
    """A bar that begins at step `at` of the scale and wanders by one step from note to note."""
    written = []
    for length in rng.choice(RHYTHMS):
        written.append(SCALE[at] + (str(length) if length > 1 else ""))
        at = min(max(at + rng.choice((-1, 1)), 0), len(SCALE) - 1)
    return "".join(written)
