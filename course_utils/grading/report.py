"""Reports: JSON and CSV for programs, one page for each learner, one page about the class for the teacher."""

import csv
import html
import io
import json
import os
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

import jinja2

from course_utils.grading import feedback, reference, similar

OVERVIEW = "class-overview"
RESERVED = {OVERVIEW}
FORMULA = ("=", "+", "@", "\t", "\r")  # a spreadsheet would calculate a cell that begins so

_pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def file_name(student):
    """The student's name as a file name: no separators, control characters or leading dashes, and not too long."""
    safe = "".join(c if c.isalnum() or c in "-_. ()" else "_" for c in student).lstrip("-. _").rstrip(". ") or "_"
    while len(safe.encode()) > 120:
        safe = safe[:-1]
    return safe if safe.casefold() not in RESERVED else f"{safe}-1"


def write(out, batch, rows):
    """Write every report of these rows into `out`, each file in one step."""
    _replace(
        out / "grades.json",
        json.dumps([row.public() for row in rows], ensure_ascii=False, indent=1) + "\n",
    )
    _replace(out / "grades.csv", table(rows))
    for kind in batch.csv:
        text, encoding = FORMATS[kind](rows, {name: number for name, _, number in batch.submissions})
        _replace(out / f"grades-{kind}.csv", text, encoding)
    for row in rows:
        _replace(out / f"{file_name(row.submission)}.html", learner_page(row))
    _replace(
        out / f"{OVERVIEW}.html",
        overview_page(batch, rows, {row.submission: f"{file_name(row.submission)}.html" for row in rows}),
    )


def learner_page(row):
    lang = row.lang
    return _pages.get_template("learner.html").render(row=row, lang=lang, say=partial(feedback.say, lang))


def overview_page(batch, rows, pages):
    lang = batch.lang or Counter(row.lang for row in rows).most_common(1)[0][0] if rows else batch.lang or "zh"
    return _pages.get_template("overview.html").render(
        batch=batch,
        rows=rows,
        pages=pages,
        lang=lang,
        say=partial(feedback.say, lang),
        questions=questions(rows),
        misconceptions=misconceptions(rows),
        similar=similar.notes(rows, lang),
        missing=len(batch.submissions) - len(rows),
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
    """A few lines for the terminal and for the last cell of an exercise."""
    say = partial(feedback.say, row.lang)
    lines, told = [], set()
    for check in row.checks:
        lines.append(
            f"{'✓' if check.status == 'passed' else '✗'} {check.id}  {check.earned}/{check.points}  {check.message}".rstrip()  # noqa: E501
        )
        whys = [why for why in check.why if why not in told]
        lines += [f"    → {why}" for why in whys]
        told.update(whys)
    lines += [f"! {note}" for note in row.notes]
    if row.public_only:
        lines.append(
            say(
                "这是用公开数据做的自查；成绩由老师用另一组数据评定。",
                "This is a self-check on the public numbers; your teacher grades with others.",
            )
        )
        if reference.hand_in():
            lines.append(say("交作业：", "hand in: ") + reference.hand_in())
    return "\n".join([*lines, say("总分", "score") + f" {row.score}/{row.max_score}"])


# ------------------------------------------------------------------------------------------- tables


def table(rows):
    """One row for each submission, one column for each check."""
    several = len({row.exercise for row in rows if row.checks}) > 1

    def name(row, check):
        return f"{row.exercise} {check.id}" if several else check.id

    checks = list(dict.fromkeys(name(row, check) for row in rows for check in row.checks))
    lines = [["submission", "exercise", "score", "max_score", *checks, "status", "isolation", "seconds"]]
    for row in rows:
        earned = {name(row, check): check.earned for check in row.checks}
        lines.append(
            [
                row.submission,
                row.exercise or "",
                row.score,
                row.max_score,
                *(earned.get(check, "") for check in checks),
                row.status,
                row.isolation,
                row.seconds,
            ]
        )
    return _csv(lines)


def for_excel(rows, numbers):
    return table(rows), "utf-8-sig"  # without the mark, Excel on a Chinese Windows reads the file as GBK


def for_canvas(rows, numbers):
    """Canvas, Grades > Import: the learner is found by the ID in the names of downloaded submissions."""
    exercises = list(dict.fromkeys(row.exercise for row in rows if row.exercise))
    most = {row.exercise: row.max_score for row in rows}
    lines = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *exercises],
        ["    Points Possible", "", "", "", "", *(most[e] for e in exercises)],
    ]
    lines += [
        [
            row.submission,
            numbers[row.submission],
            "",
            "",
            "",
            *(row.score if row.exercise == e else "" for e in exercises),
        ]
        for row in rows
    ]
    return _csv(lines), "utf-8"


def for_moodle(rows, numbers):
    """Moodle, assignment > Upload grading worksheet: the learner is found by the participant number in the names of
    downloaded submissions."""
    lines = [["Identifier", "Full name", "Grade", "Maximum grade", "Feedback comments"]]
    for row in rows:
        number = numbers[row.submission]
        remarks = [f"{check.id}: {check.message}" for check in row.checks if check.message] + row.notes
        lines.append(
            [
                f"Participant {number}" if number else "",
                row.submission,
                row.score,
                row.max_score,
                "<br>".join(html.escape(r) for r in remarks),
            ]
        )
    return _csv(lines), "utf-8"


FORMATS = {"excel": for_excel, "canvas": for_canvas, "moodle": for_moodle}


def _csv(lines):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[_harmless(value) for value in line] for line in lines])
    return text.getvalue()


def _harmless(value):
    dangerous = isinstance(value, str) and (
        value.startswith(FORMULA) or value.startswith("-") and not value[1:2].isdigit()
    )
    return f"'{value}" if dangerous else value


def _replace(path, text, encoding="utf-8"):
    with tempfile.NamedTemporaryFile(
        "w", encoding=encoding, errors="replace", newline="", dir=path.parent, delete=False
    ) as handle:
        handle.write(text)
    os.chmod(handle.name, 0o644)
    os.replace(handle.name, path)
