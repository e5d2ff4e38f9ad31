"""The baseline that a character model has to beat."""

import math
from collections import Counter, defaultdict

END = "\n"


def ngram_bits_per_char(train, test, n):
    """Bits per symbol that an n-gram model of `train` needs for `test` (two lists of texts).

    The end of each text counts as a symbol, as it does for a network that predicts <eos>; contexts do not cross texts.
    Interpolated Witten–Bell smoothing (Witten & Bell 1991; Chen & Goodman 1998, section 2.5), down to the uniform
    distribution over all symbols that occur."""
    follows = defaultdict(Counter)  # context of 0 … n-1 symbols -> what followed it
    for text in train:
        for context, symbol in _steps(text, n):
            for k in range(len(context) + 1):
                follows[context[k:]][symbol] += 1
    alphabet = {END}.union(*train, *test)

    def probability(symbol, context):
        p = 1 / len(alphabet)
        for k in range(len(context), -1, -1):  # from no context to the longest
            seen = follows.get(context[k:])
            if seen:
                p = (seen[symbol] + len(seen) * p) / (seen.total() + len(seen))
        return p

    bits = [-math.log2(probability(symbol, context)) for text in test for context, symbol in _steps(text, n)]
    return sum(bits) / len(bits)


def _steps(text, n):
    """(context, next symbol) for each symbol of the text and its end; a text starts after an END."""
    whole = END + text + END
    for t in range(1, len(whole)):
        yield whole[max(0, t - n + 1) : t], whole[t]
