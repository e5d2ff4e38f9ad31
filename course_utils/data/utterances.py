"""Spoken letters of an invented language, made by a source and a filter: openly synthetic, drawn from a seed."""

import math
from dataclasses import dataclass

import torch

RATE = 8_000  # samples per second, as on the telephone
LETTERS = "aeioums"
FORMANTS = {  # Hz, roughly where the resonances of a mouth lie that says this
    "a": (800, 1250, 2600),
    "e": (500, 1900, 2600),
    "i": (300, 2300, 3000),
    "o": (500, 900, 2500),
    "u": (320, 700, 2400),
    "m": (250, 1100, 2200),
    "s": (300, 1500, 2600),  # hardly heard: "s" is noise
}
VOICED = {"m": 0.5, "s": 0.0}  # loudness of the ringing pulses; 1 for the rest
HISSING = {"s": 0.25}  # loudness of the noise; 0 for the rest
BANDWIDTHS = torch.tensor([70.0, 100.0, 150.0])  # Hz
STRENGTHS = torch.tensor([1.0, 0.6, 0.3])
RESPONSE = 256  # samples that a pulse rings for
GLIDE = 320  # samples in which one letter turns into the next
REST = 600  # samples of quiet before and after, on average


@dataclass(frozen=True)
class Voice:
    """pitch: pulses per second. size: the mouth's formants are multiplied by it; a smaller mouth has a larger one."""

    pitch: float = 120.0
    size: float = 1.0


@dataclass(frozen=True)
class Utterance:
    """text: letters. wave (N,): samples at RATE. ends: the sample at which each letter ends; the first starts at
    `start`, the next where the one before ends. A recogniser never sees these two."""

    text: str
    wave: torch.Tensor
    start: int
    ends: tuple

    def letter_at(self, sample):
        """Place in the text of the letter that sounds at this sample, None where it is quiet."""
        if sample < self.start:
            return None
        return next((place for place, end in enumerate(self.ends) if sample < end), None)


def ringing(formants, samples=RESPONSE):
    """What one pulse of the vocal cords becomes in a mouth with these formants: a sum of decaying sines.

    formants (..., 3) in Hz -> (..., samples)"""
    t = torch.arange(samples) / RATE
    decay = torch.exp(-math.pi * BANDWIDTHS[:, None] * t)
    return (STRENGTHS[:, None] * decay * torch.sin(2 * math.pi * formants[..., None] * t)).sum(-2)


def vowel(letter, seconds=0.5, voice=Voice()):
    """One letter, held: (N,) samples at RATE, without noise. The loudness does not change."""
    if letter not in FORMANTS:
        raise ValueError(f"vowel says one of the letters {', '.join(FORMANTS)}, got {letter!r}")
    formants = torch.tensor(FORMANTS[letter]) * voice.size
    wave = torch.zeros(round(seconds * RATE) + RESPONSE)
    for start in torch.arange(0, seconds, 1 / voice.pitch).mul(RATE).round().int():
        wave[start : start + RESPONSE] += ringing(formants)
    return 0.2 * wave[: round(seconds * RATE)]


def speak(text, generator, voice=None, noise=0.02, seconds=(0.08, 0.2)):
    """Say the letters of `text` -> Utterance.

    voice    None draws one: pitch 90 to 220, size 0.85 to 1.2
    noise    standard deviation of the background; a loud vowel has about 0.1
    seconds  each letter's duration is drawn between these two; None: each letter has its own, always the same"""
    unknown = set(text) - set(LETTERS)
    if unknown or not text:
        raise ValueError(f"speak says one or more of the letters {LETTERS}, got {text!r}")

    def between(low, high):
        return low + (high - low) * torch.rand((), generator=generator).item()

    voice = voice or Voice(between(90, 220), between(0.85, 1.2))
    lasting = [between(*seconds) if seconds else own_duration(letter) for letter in text]
    start = round(REST * between(0.5, 1.5))
    lengths = [round(RATE * duration) for duration in lasting]
    ends = tuple(start + sum(lengths[: place + 1]) for place in range(len(text)))
    total = ends[-1] + round(REST * between(0.5, 1.5))

    spans = torch.tensor([start, *lengths, total - ends[-1]])
    padded = [text[0], *text, text[-1]]  # the mouth takes its place before the voice sets in

    def track(values, window):
        """One value for each letter -> (N,) values that glide from one to the next."""
        steps = torch.tensor(values).repeat_interleave(spans)
        padded = torch.cat([steps[:1].expand(window // 2), steps, steps[-1:].expand(window - window // 2 - 1)])
        return padded.unfold(0, window, 1).mean(1)

    formants = torch.stack([track([float(FORMANTS[c][k]) for c in padded], GLIDE) for k in range(3)], 1) * voice.size
    voiced = track([0.0, *(VOICED.get(c, 1.0) for c in text), 0.0], GLIDE)
    hissing = track([0.0, *(HISSING.get(c, 0.0) for c in text), 0.0], GLIDE)
    dips = torch.ones(total)  # each letter swells and fades: two alike, one after the other, are heard as two
    for border in (start, *ends):
        dips -= 0.8 * torch.exp(-0.5 * ((torch.arange(total) - border) / (0.012 * RATE)).square())

    pitch = voice.pitch * (1 + 0.06 * torch.sin(2 * math.pi * (torch.arange(total) / RATE * 2.5 + between(0, 1))))
    turns = (pitch / RATE).cumsum(0).floor()
    pulses = (turns.diff() > 0).nonzero()[:, 0]
    rung = ringing(formants[pulses]) * (voiced * dips)[pulses, None]  # (P, RESPONSE)
    at = pulses[:, None] + torch.arange(RESPONSE)
    wave = torch.zeros(total + RESPONSE).index_add(0, at.flatten(), rung.flatten())[:total]
    hiss = torch.randn(total + 2, generator=generator).diff(n=2) / 2.4  # two differences: mostly high
    background = noise * torch.randn(total, generator=generator)
    return Utterance(text, 0.2 * wave + 0.2 * hissing * dips * hiss + background, start, ends)


def own_duration(letter):
    """Seconds that a letter lasts where durations are not drawn."""
    return 0.08 + 0.02 * LETTERS.index(letter)


def random_text(length, generator):
    return "".join(LETTERS[k] for k in torch.randint(len(LETTERS), (length,), generator=generator))


def utterances(count, generator, lengths=(3, 6), **how):
    """`count` utterances of 3 to 6 letters, spoken with the further keywords of speak()."""
    low, high = lengths
    sizes = torch.randint(low, high + 1, (count,), generator=generator).tolist()
    return [speak(random_text(size, generator), generator, **how) for size in sizes]
