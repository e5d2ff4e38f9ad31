"""Finding submissions: who handed in which file, when, and what only lies beside.

A learner is named by a folder, else by the file, in the forms in which Moodle and Canvas hand them out too. Everyone
who handed something in is found, if only with the reason why it cannot be graded.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from course_utils.grading import contents
from course_utils.grading.contents import shown

# Moodle: "Full Name_1234567_assignsubmission_file_E01.ipynb", or a folder "Full Name_1234567_assignsubmission_file_"
MOODLE = re.compile(r"(?P<student>.+)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(?:_.*)?", re.DOTALL)
# Canvas: "lastfirst_12345_678901_E01.ipynb", "lastfirst_LATE_12345_678901_E01-1.ipynb". A year and a month are no
# numbers of Canvas's: "张三_2024_10_E01.ipynb"
DATE = r"(?:19|20)\d\d_(?:0?[1-9]|1[0-2])_"
CANVAS = re.compile(
    rf"(?P<student>[^_]+)_(?:(?P<late>late)_)?(?!{DATE})(?P<number>\d+)_\d+_.+", re.DOTALL | re.IGNORECASE
)
EXERCISE = re.compile(r"E\d\d(?!\d)", re.IGNORECASE)
COPY = re.compile(r"(?: ?\((\d+)\)|[- ]+copy ?(\d*)|[- ]+副本 ?(\d*))$", re.IGNORECASE)  # browsers, Jupyter, Windows
VERSION = re.compile(r"-(\d)$")  # Canvas
# names that say nothing about a learner
NOBODY = re.compile(r"(?:notebook|untitled\d*|homework|submission|answers?|solution|main|作业|练习)", re.IGNORECASE)
NOTEBOOK = re.compile(r"\.ipynb(?:\.\w+)?$|\.json$", re.IGNORECASE)
WORK = re.compile(r"\.(?:py|html?|pdf|docx?|rar|7z|gz|tar|txt|md)$", re.IGNORECASE)  # what is handed in for a notebook
MOST = 50  # notebooks of one learner


@dataclass(frozen=True)
class Submission:
    """One file of one learner. number: the learner's in Moodle or Canvas, "" elsewhere. file: its name as shown.
    inside: its names within zips. problem: (Chinese, English), why it cannot be read, or None."""

    path: str
    student: str
    number: str = ""
    id: str = ""
    inside: tuple = ()
    file: str = ""
    time: str = ""
    late: bool = False
    problem: tuple | None = None

    @property
    def learner(self):
        """What tells two learners apart: the number too, but never alone, since a date in a name may look like one."""
        return self.number, self.student.casefold()

    @property
    def newness(self):
        """Sorts the files of one learner: by time, then by the number that browsers and Canvas put into names."""
        stem = _stem(self.file)
        version = COPY.search(stem) or VERSION.search(stem)
        return self.time, int(next(filter(None, version.groups()), 0)) if version else 0, self.file


def find(places, exercises=(), skip=lambda folder: False):
    """(submissions in a stable order, names of what was left out). Raises FileNotFoundError, naming the place.

    exercises   file names (stems) of the course's exercises, which say nothing about the learner
    skip        folders to leave out (reports of an earlier grading)
    """
    names = _Names(exercises)
    found, left_out = [], []
    for place in map(os.fspath, places):
        mine, junk = _in_place(place, names, skip, one_of_many=len(places) > 1)
        if not mine:
            raise FileNotFoundError(f"nothing handed in, no notebook (.ipynb), in {_told(place)!r}")
        found += mine
        left_out += junk
    return _chosen(found, left_out), left_out


def _in_place(place, names, skip, one_of_many):
    if not os.path.lexists(place):
        raise FileNotFoundError(f"no such file or folder: {_told(place)!r}")
    folder = os.path.isdir(place) and not (one_of_many and os.path.islink(place))
    if not folder and not contents.is_zip(place):
        return [names.of_file(place, contents.item(place))], []
    items, left_out = contents.walk(place, skip)
    if not folder:
        items = _unwrapped(items)
    own = _stem_of_zip(shown(Path(place).resolve().name))
    alone = names.is_learners_own(own, items, one_of_many)
    beside = [] if alone else [item for item in items if _beside(item)]
    mine = [names.of(item, own, alone) for item in items if item not in beside]
    return mine, left_out + ["/".join(item.parts) for item in beside]


def _told(place):
    return contents.printable(shown(place))


def _unwrapped(items):
    """A zip often holds one folder with everything in it."""
    tops = {item.parts[0] for item in items}
    if len(tops) == 1 and len({item.parts[:2] for item in items}) > 1 and not _site(next(iter(tops))):
        return [contents.Item(i.path, i.parts[1:], i.inside, i.time, i.problem) for i in items if len(i.parts) > 1]
    return items


def _beside(item):
    """A file that lies among the learners' folders and is nobody's work: a list of names, a note."""
    name = item.parts[-1]
    return len(item.parts) == 1 and not (
        NOTEBOOK.search(name) or WORK.search(name) or contents.is_zip(name) or _site(_stem(name)) or item.problem
    )


def _chosen(found, left_out):
    """Of each learner all notebooks; where there is none, the one file that says best what was handed in instead."""
    groups = {}
    for each in found:
        groups.setdefault(each.learner, []).append(each)
    chosen = []
    for group in groups.values():
        notebooks = [each for each in group if NOTEBOOK.search(each.file)]
        left_out += [each.file for each in notebooks[MOST:]]
        others = sorted(group, key=lambda each: (not each.problem, not WORK.search(each.file)))
        chosen += notebooks[:MOST] or others[:1]
    order = {id(each): i for i, each in enumerate(found)}
    return sorted(chosen, key=lambda each: order[id(each)])


def _stem(name):
    """The name of a file without its ending; `x.ipynb.txt` is `x`."""
    return re.sub(r"(?:\.ipynb)?(?:\.\w{1,6})?$", "", name, count=1, flags=re.IGNORECASE) or name


def _stem_of_zip(name):
    return name[:-4] if contents.is_zip(name) else name


def _site(name):
    return MOODLE.fullmatch(name) or CANVAS.fullmatch(name)


class _Names:
    """Whose a file is, by the names on the way to it."""

    def __init__(self, exercises):
        self.exercises = {name.casefold() for name in exercises}

    def is_exercise(self, name):
        """Is this just the name of an exercise: E01, E01_simple_rnn, with or without a copy's number?"""
        bare = VERSION.sub("", COPY.sub("", name)).casefold()
        return bool(EXERCISE.fullmatch(bare)) or bare in self.exercises

    @staticmethod
    def _bare(name):
        return COPY.sub("", name).strip() or name

    def says_nothing(self, name):
        return self.is_exercise(name) or NOBODY.fullmatch(self._bare(name))

    def is_learners_own(self, name, items, one_of_many):
        """Is the folder of this name one learner's, rather than a folder of learners?"""
        if _site(name):
            return True
        tops = [item.parts[0] for item in items]
        if self.is_exercise(name) or any(_site(_stem(top)) for top in tops):
            return False
        direct = [item for item in items if len(item.parts) == 1]
        if one_of_many:
            return bool(direct) or len(set(tops)) == 1
        works = [item for item in direct if NOTEBOOK.search(item.parts[0])]
        return bool(works) and len(direct) == len(items) and all(self.says_nothing(_stem(w.parts[0])) for w in works)

    def of_file(self, place, item):
        """A file named on the command line: its folder tells whose it is only where the file itself does not."""
        folder = shown(os.path.basename(os.path.dirname(place)))
        if _site(folder) or folder and self.says_nothing(_stem(item.parts[-1])):
            return self.of(item, folder, True)
        return self.of(item, "", False)

    def of(self, item, place, alone):
        """The submission in this item; `place` names the folder that was searched, the learner's own if `alone`."""
        folders = [_stem_of_zip(part) for part in item.parts[:-1]]
        while folders and self.is_exercise(folders[0]):
            folders = folders[1:]
        folders = [place] if alone else folders[:1]
        file = _stem_of_zip(item.parts[-1]) if contents.is_zip(item.parts[-1]) else _stem(item.parts[-1])
        for match in filter(None, map(_site, (*folders, file))):
            return self._submission(item, match["student"], match["number"], bool(match.groupdict().get("late")))
        return self._submission(item, folders[0] if folders else self._learner_in(file, place))

    def _learner_in(self, name, place):
        """The learner in a file's name: E01_zhang, zhang_E01, zhang (1); the folder's where the name says nothing."""
        if self.says_nothing(name):
            return place if place and not self.is_exercise(place) else name
        bare = self._bare(name)
        for exercise in sorted([*self.exercises, r"e\d\d"], key=len, reverse=True):
            pattern = exercise if exercise == r"e\d\d" else re.escape(exercise)
            for form in (rf"{pattern}[-_ ]+(.+)", rf"(.+?)[-_ ]+{pattern}"):
                match = re.fullmatch(form, bare, re.IGNORECASE | re.DOTALL)
                if match:
                    return match[1]
        return bare or name

    @staticmethod
    def _submission(item, student, number="", late=False):
        file = "/".join(item.parts)
        return Submission(item.path, student, number, "", item.inside, file, item.time, late, item.problem)
