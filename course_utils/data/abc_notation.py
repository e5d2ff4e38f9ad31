"""Tunes written in a small part of ABC notation (abcnotation.com, standard 2.1): read, and made to sound."""

import re

import numpy as np

RATE = 8000  # samples per second
EIGHTH = 0.2  # seconds
_STEPS = (0, 2, 4, 5, 7, 9, 11, 12, 14, 16, 17, 19, 21, 23)
_PITCHES = {letter: 60 + steps for letter, steps in zip("CDEFGABcdefgab", _STEPS)}


def tune_notes(tune):
    """`tune` without its header -> its bars, each a list of (pitch, eighths); pitch 60 is middle C, as in MIDI.

    Letters C to b without accidentals, lengths 2 to 4 after them, bars between `|`. ValueError for anything else."""
    bars = tune.split("|")
    for number, bar in enumerate(bars, start=1):
        if not re.fullmatch("([A-Ga-g][2-4]?)+", bar):
            raise ValueError(f"bar {number}, {bar!r}, is not made of the notes C to b with lengths 2 to 4")
    return [[(_PITCHES[letter], int(length or 1)) for letter, length in re.findall("(.)([2-4]?)", bar)] for bar in bars]


def tune_sound(tune):
    """`tune` as (N,) float64 samples in −1 … 1 at 8,000 a second: a sine and its octave for each note, dying away."""
    sounds = []
    for pitch, eighths in (note for bar in tune_notes(tune) for note in bar):
        t = np.arange(round(eighths * EIGHTH * RATE)) / RATE  # seconds since the note began
        angle = 2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * t
        sounds.append(np.minimum(t / 0.01, 1) * np.exp(-3 * t) * (np.sin(angle) + 0.3 * np.sin(2 * angle)) / 1.3)
    return np.concatenate(sounds)
