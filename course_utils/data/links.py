"""Where to read on, and what each place adds to this course. Nothing here is ever fetched."""

from dataclasses import dataclass

from course_utils.language import side

from .sources import table


@dataclass(frozen=True)
class Link:
    """name and adds may be `中文 || English`."""

    kind: str  # "course", "article", "manual" or "platform"
    name: str
    url: str
    adds: str


def links(kind):
    """(name, address, what it adds) of that kind in datasets/links.csv, in the notebook's language. RuntimeError where
    the file is missing."""
    return [(side(row.name), row.url, side(row.adds)) for row in table("links.csv", Link) if row.kind == kind]
