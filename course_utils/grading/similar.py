"""Groups of answers that are too much alike. A reason to look, never a mark.

Independent right answers to a small task agree in most of their text, so likeness as such says nothing. What counts is
long passages that two learners share and that are in neither the exercise, nor the solution, nor the work of many.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from course_utils.grading import reference

GRAM = 20  # characters that must agree in a row to be a trace of copying
LEAST = 120  # such traces, that is characters of shared own text
SHARE = 0.6  # of the smaller answer's own text
MANY, SHARE_OF_CLASS = 5, 0.05  # what so many learners have says nothing
LONGEST = 20_000  # characters of one answer that are looked at
GROUPS, NAMES = 20, 12  # that are shown


@dataclass(frozen=True)
class Group:
    """Submissions of one exercise, at most NAMES of them by name."""

    exercise: str
    names: tuple
    more: int


def groups(works, lang):
    """The groups among what counts and earned something, the largest first, at most GROUPS. The published solution is
    a member too, with what only its comments say."""
    found = []
    scored = [work.row for work in works if work.counts and work.row.score]
    for exercise in sorted({row.exercise for row in scored}):
        mine = [row for row in scored if row.exercise == exercise]
        base, solution = _published(exercise)
        own = {row.submission: _own(row) - base for row in mine}
        own[{"zh": "公布的参考答案", "en": "the published solution"}[lang]] = solution - base
        found += [Group(exercise, tuple(names[:NAMES]), max(0, len(names) - NAMES)) for names in _alike(own)]
    return sorted(found, key=lambda group: -len(group.names) - group.more)[:GROUPS]


def _alike(own):
    """Lists of names that share enough of what few have: {name: set of traces} -> [[name, …], …]."""
    having = Counter(gram for grams in own.values() for gram in grams)
    many = max(MANY, SHARE_OF_CLASS * len(own))
    rare = {name: {gram for gram in grams if having[gram] <= many} for name, grams in own.items()}
    shared, where = Counter(), defaultdict(list)
    for name, grams in rare.items():
        for gram in grams:
            shared.update((other, name) for other in where[gram])
            where[gram].append(name)
    leader = {name: name for name in own}

    def first(name):
        while leader[name] != name:
            name = leader[name]
        return name

    for (one, other), count in shared.items():
        if count >= max(LEAST, SHARE * min(len(own[one]), len(own[other]))):
            leader[first(other)] = first(one)
    together = defaultdict(list)
    for name in own:
        together[first(name)].append(name)
    return [names for names in together.values() if len(names) > 1]


def _grams(text):
    text = "".join(text.split())[:LONGEST]
    return {text[i : i + GRAM] for i in range(len(text) - GRAM + 1)}


def _own(row):
    """The traces of all answers, each by itself: where one ends and the next begins is nobody's doing."""
    cells = [[found] if isinstance(found, str) else found for found in row.answers.values()]
    return set().union(*(_grams(source) for sources in cells for source in sources))


def _published(exercise):
    """(traces of what everyone has seen or would write: the exercise, and the solution without its comments; traces of
    the solution)"""
    base, solution = set(), set()
    for lang in ("zh", "en"):
        for source in _sources(reference.exercises(lang).get(exercise)):
            base |= _grams(source)
        for source in _sources(reference.solutions(lang).get(exercise)):
            base |= _grams(re.sub(r"#.*", "", source))
            solution |= _grams(source)
    return base, solution


def _sources(path):
    return [cell["source"] for cell in reference.read(path)["cells"]] if path else []
