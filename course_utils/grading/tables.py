"""Tables: one for programs with everything, and those that course sites import.

What the sites ask for (mod/assign/feedback/offline/importgradeslib.php of Moodle, lib/gradebook_importer.rb of Canvas):

Moodle   finds its columns by their exact headings in the language of the site, the learner by the digits at the end of
         the identifier, and skips a line whose grade is blank or was changed after "Last modified (grade)".
         The participant numbers belong to one assignment. So an exported worksheet is filled in as it is.
Canvas   wants Student, ID, …, Section and then assignments, found by "Title (id)" or by the exact title; an unknown
         title becomes a new assignment, a number in "Points Possible" replaces the points; of two lines of one learner
         the last counts.
"""

import csv
import html
import io
import re
from dataclasses import dataclass

from course_utils.grading.intake import Submission
from course_utils.grading.row import Row

GRADE = ("grade", "成绩", "分数", "成績", "分數", "评分", "評分")
COMMENTS = ("feedback comments", "反馈评语", "反馈意见", "评语", "反馈评论", "回饋評論", "回饋意見")
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE = ("Identifier", "Full name", "Grade", "Last modified (grade)", "Feedback comments")
# a spreadsheet would calculate a cell that begins so, after a separator of some country too
FORMULA = re.compile(r"(^|[;,\t\r\n])(\s*)(?=[=+@＝＋＠－\-\t\r;；])")
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Work:
    """One line of the reports. counts: whether it is the one of its learner's files for this exercise that counts."""

    submission: Submission
    row: Row
    counts: bool

    def public(self):
        """An item of `grades.json`."""
        each = self.submission
        whose = {"learner": each.student, "number": each.number, "file": each.file, "handed_in": each.time}
        return self.row.public() | whose | {"late": each.late, "counts": self.counts}


def works(submissions, rows, pick):
    """Rows with their submissions. Of one learner's files for an exercise the newest, or the best, counts: of those
    that could be read, where there is one."""
    by_id = {each.id: each for each in submissions}
    pairs = [(by_id[row.submission], row) for row in rows]
    read = {each.learner for each, row in pairs if row.status != "unreadable"}
    chosen = {}
    for each, row in pairs:
        if row.status == "unreadable" and each.learner in read:
            continue
        key = each.learner, row.exercise
        rank = (row.score if pick == "best" else 0, each.newness)
        if key not in chosen or rank > chosen[key][0]:
            chosen[key] = rank, row.submission
    counting = {id for _, id in chosen.values()}
    return [Work(each, row, row.submission in counting) for each, row in pairs]


def missing(found, roster, exercise, lang, tier):
    """A Work without a file for everyone in the roster who handed in nothing."""
    there = {roster.find(work.submission.student, work.submission.number) for work in found}
    note = {"zh": "没有交作业。", "en": "nothing was handed in."}[lang]
    absent = [person for person in roster.people if person not in there]
    taken = {work.row.submission for work in found}
    result = []
    for person in absent:
        names = [person.name, f"{person.name} ({person.number})", f"{person.name} ({' '.join(person.cells)})"]
        id = next((name for name in names[:2] if name not in taken), names[2])
        taken.add(id)
        row = Row(id, exercise or None, "unreadable", tier, 0.0, lang, notes=[note])
        result.append(Work(Submission("", person.name, person.number, id), row, True))
    return result


def exercises(found):
    """The exercises that were graded."""
    return sorted({work.row.exercise for work in found if work.row.exercise and work.row.checks})


def everything(found):
    """One line for each submission, one column for each check."""
    several = len(exercises(found)) > 1

    def name(row, check):
        return f"{row.exercise} {check.id}" if several else check.id

    checks = list(dict.fromkeys(name(work.row, check) for work in found for check in work.row.checks))
    whose = ("learner", "number", "file", "handed_in", "late", "counts")
    lines = [["submission", "exercise", "score", "max_score", *checks, "status", "isolation", "seconds", *whose]]
    for work in found:
        row, public = work.row, work.public()
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
                *(public[key] for key in whose),
            ]
        )
    return text(lines)


def for_site(site, found, exercise, title, roster):
    """(CSV, what to say to the teacher) of one exercise for "canvas" or "moodle": one line for each learner, and
    nobody else's grade changed. Raises ValueError where the table cannot be made, saying why.

    title   heading of the exercise's column as the site exports it; "" where it was not given
    """
    counting = [work for work in found if work.counts and work.row.exercise == exercise and work.row.checks]
    most = next((work.row.max_score for work in counting), 0)
    if roster.kind == site:
        lines, said = {"canvas": _fill_canvas, "moodle": _fill_moodle}[site](counting, exercise, title, roster, most)
    else:
        everyone = {work.submission.learner: work for work in found} | {w.submission.learner: w for w in counting}
        make = {"canvas": _new_canvas, "moodle": _new_moodle}[site]
        lines, said = make(list(everyone.values()), {id(work) for work in counting}, exercise, title, most)
    return text(lines), said


def _by_person(counting, roster):
    """({Person: Work}, learners who are not in the roster)."""
    found, strangers = {}, []
    for work in counting:
        person = roster.find(work.submission.student, work.submission.number)
        if person is None or person in found:
            strangers.append(work.submission.student)
        else:
            found[person] = work
    return found, strangers


def _strangers(names, table):
    return [f"not in {table} (nobody there has this name or number): {', '.join(names)}"] if names else []


def _fill_canvas(counting, exercise, title, roster, most):
    section = next((i for i, heading in enumerate(roster.header) if heading.strip() == "Section"), 4)
    old = roster.header.index(title) if title in roster.header else None
    if title and old is None:
        raise ValueError(f"the roster has no column {title!r}; it has: {', '.join(roster.header[section + 1 :])}")
    kept = range(section + 1)
    points = [roster.points[i] for i in kept] + [most if old is None else roster.points[old]] if roster.points else None
    found, strangers = _by_person(counting, roster)
    lines = [[*(roster.header[i] for i in kept), title or exercise], *([points] if points else [])]
    for person in roster.people:
        before = "" if old is None else person.cells[old]
        grade = found[person].row.score if person in found else before
        lines.append([*(person.cells[i] for i in kept), grade])
    said = _strangers(strangers, "Canvas's roster")
    known = old is not None and points and NUMBER.fullmatch(str(points[-1]).strip())
    if known and float(points[-1].replace(",", ".")) != most:
        said.append(f"Canvas has {points[-1]} points for {title}, the exercise {most}: scores are not converted")
    return lines, said


def _new_canvas(everyone, counting, exercise, title, most):
    points = [["    Points Possible", "", "", "", "", "" if title else most]]
    lines = [[*CANVAS, title or exercise], *points]
    for work in everyone:
        grade = work.row.score if id(work) in counting else ""
        lines.append([work.submission.student, work.submission.number, "", "", "", grade])
    unknown = [work.submission.student for work in everyone if not work.submission.number]
    said = [f"without an ID Canvas goes by the name: {', '.join(unknown)}"] if unknown else []
    return lines, said


def _fill_moodle(counting, exercise, title, roster, most):
    headings = [heading.strip().casefold() for heading in roster.header]
    grade = next((i for i, h in enumerate(headings) if h in ([title.casefold()] if title else GRADE)), None)
    if grade is None:
        raise ValueError(
            f"which column of the worksheet is the grade? Say it with --title '{exercise}=…', one of: "
            + ", ".join(roster.header)
        )
    comments = next((i for i, heading in enumerate(headings) if heading in COMMENTS), None)
    found, strangers = _by_person(counting, roster)
    lines = [list(roster.header)]
    for person in roster.people:
        line = list(person.cells)
        if person in found:
            line[grade] = found[person].row.score
            if comments is not None:
                line[comments] = _remarks(found[person].row)
        lines.append(line)
    return lines, _strangers(strangers, "Moodle's worksheet")


def _new_moodle(everyone, counting, exercise, title, most):
    lines, unknown = [[*MOODLE[:2], title or MOODLE[2], *MOODLE[3:]]], []
    for work in everyone:
        each = work.submission
        if not each.number:
            unknown.append(each.student)
            continue
        graded = id(work) in counting
        grade, remarks = (work.row.score, _remarks(work.row)) if graded else ("", "")
        lines.append([f"Participant {each.number}", each.student, grade, "-", remarks])
    said = [f"left out, because Moodle knows them only by number: {', '.join(unknown)}"] if unknown else []
    return lines, said


def _remarks(row):
    remarks = [f"{check.id}: {check.message}" for check in row.checks if check.message] + row.notes
    return "<br>".join(html.escape(remark) for remark in remarks)


def text(lines):
    """The CSV of these lines, without anything that a spreadsheet would calculate."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([[harmless(value) for value in line] for line in lines])
    return out.getvalue()


def harmless(value):
    if not isinstance(value, str) or NUMBER.fullmatch(value) or value == "-":
        return value
    return FORMULA.sub(r"\1\2'", value)
