"""What chapter 18 says about works, people and common errors: datasets/history.yaml, in the notebook's language."""

from dataclasses import dataclass
from functools import cache

import yaml

from course_utils.language import chapter, say, side

from .sources import dataset


@dataclass(frozen=True)
class Place:
    """Where the course looks into something."""

    notebook: str  # "05_lstm"
    section: str  # "5.5"
    cell: str

    def __str__(self):
        return chapter(self.notebook) + say(f" {self.section} 节", f", section {self.section}")


@dataclass(frozen=True)
class Work:
    """A paper, thesis or report; datasets/history.md says what each field means."""

    id: str
    date: str  # "1997" or "2014-09"; as text, dates sort by time
    name: str
    cite: str
    url: str
    read: str  # "text", "abstract", "first page" or "second hand": what of it was read for this course
    claimed: str
    measured: str
    at: Place | None
    popular: int = 0  # the decade that popular timelines put it in, 0 where they do not have it
    paper: str = ""  # "L-05": one of the twelve papers, with what held up and what did not
    held: str = ""
    failed: str = ""

    @property
    def decade(self):
        return int(self.date[:4]) // 10 * 10

    @property
    def reading(self):
        """`read` in words."""
        return {
            "text": say("读过原文", "read"),
            "abstract": say("读过摘要", "abstract read"),
            "first page": say("读过首页", "first page read"),
            "second hand": say("转述", "at second hand"),
        }[self.read]


@dataclass(frozen=True)
class Post:
    when: str
    what: str
    url: str


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    posts: list
    did: str
    fixed: str  # what popular guides get wrong about them
    works: list  # ids


@dataclass(frozen=True)
class Statement:
    """A sentence of popular guides in pieces; `wrong` is the piece that does not hold, None where all of it does."""

    number: int
    parts: list
    right: str
    at: Place | None
    wrong: int | None = None


def works():
    """All works in the order of the file, which is that of time. FileNotFoundError where the datasets are missing."""
    return [Work(**_spoken(entry)) for entry in _load()["works"]]


def papers():
    """The twelve papers, those of `works` that say what held up."""
    return [work for work in works() if work.paper]


def people():
    return [
        Person(**entry | {"posts": [Post(**post) for post in entry["posts"]]})
        for entry in map(_spoken, _load()["people"])
    ]


def statements():
    return [Statement(**_spoken(entry)) for entry in _load()["errors"]]


def timeline():
    """The data of the page `timeline`: works to be put in order, in rounds."""
    fields = ("date", "name", "claimed", "measured", "cite", "url", "reading")
    shown = {
        work.id: {field: getattr(work, field) for field in fields} | {"where": _where(work.at)} for work in works()
    }
    return {"works": shown, "rounds": [_spoken(entry) for entry in _load()["rounds"]]}


def mistakes():
    """The data of the page `mistakes`."""
    return {
        "statements": [
            {"parts": one.parts, "wrong": one.wrong, "right": one.right, "where": _where(one.at)}
            for one in statements()
        ]
    }


def _where(place):
    return "" if place is None else str(place)


def _spoken(entry):
    """The entry in the notebook's language, with its `at` as a Place."""
    if isinstance(entry, str):
        return side(entry)
    if isinstance(entry, list):
        return [_spoken(value) for value in entry]
    if isinstance(entry, dict):
        spoken = {key: _spoken(value) for key, value in entry.items()}
        if "at" in spoken:
            spoken["at"] = Place(*spoken["at"].split()) if spoken["at"] else None
        return spoken
    return entry


@cache
def _load():
    with open(dataset("history.yaml"), encoding="utf-8") as lines:
        return yaml.load(lines, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
