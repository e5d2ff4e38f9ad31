"""The course at a glance: what the start page shows."""

import html
import json
from pathlib import Path

from course_utils import language
from course_utils.language import say

from .explorer import Explorer

COURSE = Path(__file__).with_name("course.json")  # made by authoring/start.py


class CourseMap:
    """Chapters, search and progress in one page (pages/start.html), with a list of plain links beside it: for viewers
    that drop frames, and because Jupyter opens a link of the notebook in place, one in a frame in a new window.

    course     `chapters` and `terms`, as course.json holds them for one language"""

    def __init__(self, course):
        self.course, self.page = course, Explorer("start", 900, **course)

    def __repr__(self):
        return say(f"{len(self.course['chapters'])} 章", f"{len(self.course['chapters'])} chapters")

    def _repr_html_(self):
        shown = self.page._repr_html_()
        links = "".join(f"<li>{self._links(chapter)}</li>" for chapter in self.course["chapters"] if chapter["to"])
        return f'<div class="course"><ul>{links}</ul>{shown[shown.index("<iframe") :]}'  # its own </div> ends ours

    def _links(self, chapter):
        return " · ".join(
            f'<a data-to="{entry["id"]}" href="{entry["to"]}">{entry["id"]} {html.escape(entry["title"])}</a>'
            for entry in [chapter, *chapter["exercises"]]
        )


def course_map():
    """The map of the course, in the notebook's language."""
    return CourseMap(json.loads(COURSE.read_text(encoding="utf-8"))[language.code()])
