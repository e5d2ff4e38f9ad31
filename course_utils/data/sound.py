"""A voice drawn from cepstra. The recordings of japanese_vowels were never published, only their coefficients."""

import numpy as np

RATE = 10_000  # samples per second, as the recordings were taken
FRAME = 0.0064  # seconds from one frame to the next
RESPONSE = 400  # samples of one glottal pulse's echo in the mouth


def resynthesised(cepstra, pitch=120.0, slower=1):
    """Sound with the timbre that the cepstra describe -> (N,) float64 samples in −1 … 1 at RATE.

    cepstra  (T, 12), tensor or array, as japanese_vowels() gives them
    pitch    pulses per second. The data do not say how high the speaker spoke: the pitch is ours, and the same for all
    slower   2 plays at half the speed, at the same pitch

    The envelope of the spectrum is the speaker's, loudness and pitch are not: call it a rendition, not a recording."""
    frames = np.asarray(cepstra, dtype=np.float64)
    if frames.ndim != 2 or not len(frames):
        raise ValueError(f"resynthesised needs cepstra of shape (T, 12), got {frames.shape}")
    seconds = len(frames) * FRAME * slower
    sound = np.zeros(round(seconds * RATE) + RESPONSE)
    for start in np.arange(0, seconds, 1 / pitch):
        at = min(start / (FRAME * slower), len(frames) - 1)
        low = int(at)
        high = min(low + 1, len(frames) - 1)
        between = frames[low] + (at - low) * (frames[high] - frames[low])
        first = round(start * RATE)
        sound[first : first + RESPONSE] += _response(between)[: len(sound) - first]
    return sound / np.abs(sound).max()


def _response(c):
    """Impulse response with cepstrum c_1 … c_12: minimum phase, so it never blows up.

    n h_n = sum over k of k c_k h_{n−k}, with h_0 = 1."""
    h = np.zeros(RESPONSE)
    h[0] = 1
    weighted = c * np.arange(1, len(c) + 1)
    for n in range(1, RESPONSE):
        k = min(n, len(c))
        h[n] = (weighted[:k] * h[n - k : n][::-1]).sum() / n
    return h
