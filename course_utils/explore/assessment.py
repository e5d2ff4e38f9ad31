"""The final assessment as one page, and the page that sums up what a learner has done."""

import html
import json
import os

from course_utils import language, standing
from course_utils.language import say, side
from course_utils.questions import assessment as bank

from .course_map import COURSE
from .explorer import Explorer


class Linked:
    """A page with a list of plain links beside it: Jupyter opens a link of the notebook in place, one in a frame in a
    new window, so the page clicks these (as CourseMap does)."""

    def __init__(self, page, links):
        self.page, self.links = page, links  # (name that the page knows it by, href, words)

    def __repr__(self):
        return self.page.title

    def _repr_html_(self):
        shown = self.page._repr_html_()
        links = "".join(
            f'<li><a data-to="{id}" href="{to}">{html.escape(words)}</a></li>' for id, to, words in self.links
        )
        return f'<div class="course"><ul hidden>{links}</ul>{shown[shown.index("<div") + 5 :]}'


def assessment():
    """The items that learners practise with: a form is drawn by its number, answered, and reported goal by goal. What
    was answered stays in this browser."""
    goals = bank.goals()
    asked = [
        {
            "id": item.id,
            "goal": item.goal,
            "kind": side(bank.KINDS[item.kind]),
            "where": _where(item),
            "linked": item.to is not None,
            "ask": item.ask,
            "code": item.code,
            "curves": item.curves,
            "options": item.options,
            "answer": item.answer,
            "why": item.why,
        }
        for item in bank.items()
    ]
    links = [(item.id, item.to, _where(item)) for item in bank.items() if item.to]
    return Linked(Explorer("assessment", 900, goals=_listed(goals), items=asked), links)


def certificate():
    """What this learner has done, on one page to print: from this computer's own records alone. Where outputs are
    stored for other machines it is empty."""
    done, exercises = {"chapters": {}, "bets": {}, "scores": {}}, []
    if not os.environ.get("COURSE_STORE"):
        course = json.loads(COURSE.read_text(encoding="utf-8"))[language.code()]
        exercises = [{"id": e["id"], "title": e["title"]} for c in course["chapters"] for e in c["exercises"]]
        done = standing.read(standing.work()) if standing.work() else done
    items = [[item.id, item.goal] for item in bank.items()]
    return Explorer("certificate", 700, goals=_listed(bank.goals()), items=items, exercises=exercises, standing=done)


def _where(item):
    return language.chapter(item.goal) + (
        say(f" {item.section} 节", f", section {item.section}") if item.section else ""
    )


def _listed(goals):
    return [{"id": id, "title": title} for id, title in goals.items()]
