"""Cards of works and people: plain HTML that opens and closes by itself, with links to the notebooks of this course."""

import html

from course_utils.language import say


class Cards:
    """A list of cards, each a title, and rows of (label, HTML)."""

    def __init__(self, cards):
        self.cards = cards

    def __repr__(self):
        return f"Cards({len(self.cards)})"

    def _repr_html_(self):
        return "".join(
            f"<details><summary><b>{html.escape(title)}</b></summary>"
            + "".join(f"<p><b>{html.escape(label)}</b> {content}</p>" for label, content in rows)
            + "</details>"
            for title, rows in self.cards
        )


def paper_cards(papers):
    """What each of `papers` (data.history.papers()) claimed, what held up, what did not, where this course tried it."""
    return Cards([(f"{work.date[:4]} · {work.name}", _paper(work)) for work in papers])


def people_cards(people, works):
    """Dated posts of `people` (data.history.people()), what they did, what popular guides get wrong. works: theirs."""
    known = {work.id: work for work in works}
    return Cards([(person.name, _person(person, known)) for person in people])


def _paper(work):
    return [
        (say("说了什么：", "Claim:"), html.escape(work.claimed)),
        (say("站住的：", "What held up:"), html.escape(work.held)),
        (say("没站住的：", "What did not:"), html.escape(work.failed)),
        (say("我们量的：", "Measured here:"), f"{html.escape(work.measured)} {_link(work.at)}"),
        (say("出处：", "Reference:"), f"{_source(work.cite, work.url)} · {work.reading}"),
    ]


def _person(person, works):
    posts = "<br>".join(f"{post.when} · {_source(post.what, post.url)}" for post in person.posts)
    return [
        (say("任职：", "Posts:"), f"<br>{posts}"),
        (say("做了什么：", "What they did:"), html.escape(person.did)),
        (say("流传的错：", "Errors that travel:"), html.escape(person.fixed)),
        (
            say("论文：", "Papers:"),
            " · ".join(_source(f"{works[id].date[:4]} {works[id].name}", works[id].url) for id in person.works),
        ),
    ]


def _link(place):
    """To the cell itself: Jupyter and the website know cells by their names."""
    if place is None:
        return ""
    return f'<a href="{place.notebook}.ipynb#cell-id={place.cell}">{place}</a>'


def _source(words, url):
    return f'<a href="{html.escape(url)}">{html.escape(words)}</a>'
