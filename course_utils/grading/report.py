"""Reports: tables for programs, one page for each learner, one page about the class for the teacher."""

import hashlib
import json
import traceback
import unicodedata
from collections import Counter
from functools import partial
from pathlib import Path

import jinja2

from course_utils.files import write as write_file
from course_utils.grading import feedback, reference, roster, similar, tables

OVERVIEW = "class-overview"
PORTS = (f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10))
RESERVED = {OVERVIEW, "con", "prn", "aux", "nul", *PORTS}  # ours, and devices of Windows, whatever the ending
FORMATS = ("canvas", "excel", "moodle")  # of --csv
LONGEST = 120  # bytes of a file's name, with room for endings

_pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def file_name(id):
    """A submission's id as a file name: no separators, control characters or leading dashes, and not too long."""
    id = unicodedata.normalize("NFC", id)  # one name, one file: macOS does not tell the forms apart
    safe = "".join(c if c.isalnum() or c in "-_. ()" else "_" for c in id).lstrip("-. _").rstrip(". ") or "_"
    if len(safe.encode()) > LONGEST:
        digest = hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()[:8]  # tells long names apart
        safe = f"{safe.encode()[: LONGEST - 9].decode(errors='ignore')}-{digest}"
    name, dot, ending = safe.partition(".")
    return safe if name.strip().casefold() not in RESERVED else f"{name}-1{dot}{ending}"


def write(out, plan, rows):
    """Write every report of these rows into `out`, each file in one step. Returns what to say about the tables.

    Whatever cannot be shown of one learner leaves the others' pages, the tables and the overview as they are.
    """
    found = tables.works(plan.submissions, rows, plan.pick)
    everyone = roster.roster(plan.roster) if plan.roster else roster.Roster("", (), ())
    lang = plan.lang or next(iter(Counter(row.lang for row in rows).most_common(1)), ("zh", 0))[0]
    if len(rows) == len(plan.submissions):
        found += tables.missing(found, everyone, plan.exercise, lang, plan.tier)
    public = json.dumps([work.public() for work in found], ensure_ascii=False, indent=1) + "\n"
    _put(out / "grades.json", public)
    _put(out / "grades.csv", tables.everything(found))
    said = _tables(out, plan, found, everyone)
    pages = {}
    for work in found:
        if work.submission.path:
            pages[work.row.submission] = f"{file_name(work.row.submission)}.html"
            _put(out / pages[work.row.submission], _guarded(learner_page, _bare_page, work.row))
    _put(out / f"{OVERVIEW}.html", overview_page(plan, found, pages, lang))
    return said


def _tables(out, plan, found, everyone):
    said = []
    if "excel" in plan.csv:
        _put(
            out / "grades-excel.csv", "\ufeff" + tables.everything(found)
        )  # without the mark, a Chinese Excel reads GBK
    for site in sorted({"canvas", "moodle"} & set(plan.csv)):
        graded = tables.exercises(found)
        if site == everyone.kind == "moodle" and len(graded) > 1:
            graded = [exercise for exercise in graded if exercise in plan.titles]
            if len(graded) != 1:
                said.append("moodle: the worksheet belongs to one assignment; say which: --exercise E01")
                continue
        for exercise in graded:
            try:
                text, remarks = tables.for_site(site, found, exercise, plan.titles.get(exercise, ""), everyone)
                _put(out / f"grades-{site}-{file_name(exercise)}.csv", text)
            except ValueError as problem:
                remarks = [str(problem)]
            said += [f"{site}, {exercise}: {remark}" for remark in remarks]
    return said


def _guarded(make, instead, *arguments):
    """What `make` gives, or, whatever a learner wrote that breaks it, what `instead` gives."""
    try:
        return make(*arguments)
    except Exception:
        traceback.print_exc()
        return instead(*arguments)


def _bare_page(row):
    """Marks alone."""
    line = "<p>{{ row.submission }}: {{ row.score }} / {{ row.max_score }}</p>"
    page = "{% extends 'base.html' %}{% block main %}" + line + "{% endblock %}"
    return _pages.from_string(page).render(row=row, lang=row.lang)


def learner_page(row):
    lang = row.lang
    return _pages.get_template("learner.html").render(row=row, lang=lang, say=partial(feedback.say, lang))


def overview_page(plan, found, pages, lang):
    rows = [work.row for work in found]
    counting = [work.row for work in found if work.counts]  # a learner may have handed in several files
    return _pages.get_template("overview.html").render(
        plan=plan,
        works=found,
        rows=rows,
        pages=pages,
        lang=lang,
        say=partial(feedback.say, lang),
        questions=questions(counting),
        misconceptions=misconceptions(counting),
        alike=_guarded(similar.groups, lambda found, lang: None, found, lang),
        missing=len(plan.submissions) - sum(bool(work.submission.path) for work in found),
    )


def questions(rows):
    """(exercise, check, points, right, of how many) with the hardest first."""
    seen = {}
    for row in rows:
        for check in row.checks:
            entry = seen.setdefault((row.exercise, check.id), [check.points, 0, 0])
            entry[1] += check.status == "passed"
            entry[2] += 1
    return sorted(((*key, *entry) for key, entry in seen.items()), key=lambda q: q[3] / q[4])


def misconceptions(rows):
    """(misconception, learners who have it), the commonest first."""
    found = Counter()
    for row in rows:
        found.update({why for check in row.checks for why in check.why})
    return found.most_common()


def summary(row):
    """A few lines for the terminal and for the last cell of an exercise. Notes on what was run have been said."""
    say = partial(feedback.say, row.lang)
    lines, told = [], set()
    for check in row.checks:
        lines.append(
            f"{'✓' if check.status == 'passed' else '✗'} {check.id}  {check.earned}/{check.points}  {check.message}".rstrip()  # noqa: E501
        )
        whys = [why for why in check.why if why not in told]
        lines += [f"    → {why}" for why in whys]
        told.update(whys)
    if not row.checks:
        lines += [f"! {note}" for note in row.notes]
    if row.public_only and row.exercise in reference.solutions(row.lang):
        lines.append(
            say(
                "这是用公开数据（SEED = 0）做的自查；想换一组数据再查：rnn-course grade --seed 7 文件名",
                "This is a self-check on the public numbers (SEED = 0); to check on others: "
                "rnn-course grade --seed 7 FILE",
            )
        )
    elif row.public_only:
        lines.append(
            say(
                "这是用公开数据做的自查；成绩由老师用另一组数据评定。",
                "This is a self-check on the public numbers; your teacher grades with others.",
            )
        )
        if reference.hand_in():
            lines.append(say("交作业：", "hand in: ") + reference.hand_in())
    return "\n".join([*lines, say("总分", "score") + f" {row.score}/{row.max_score}"])


def _put(path, text):
    write_file(path, text.encode("utf-8", "replace"))
