"""Tables that course sites import, held against the rules of their importers (restated below from their public sources:
Moodle, mod/assign/feedback/offline; Canvas, lib/gradebook_importer.rb)."""

import csv
import io
import re

import pytest

from course_utils.grading import roster, tables
from course_utils.grading.intake import Submission
from course_utils.grading.row import Check, Row


def work(student, score=None, number="", exercise="E01", counts=True, **whose):
    checks = [] if score is None else [Check("check-f", 10, score, "passed" if score else "failed", "a <b>")]
    status = "unreadable" if score is None else "graded"
    id = whose.pop("id", f"{student} {exercise}")
    row = Row(id, exercise if checks else None, status, "none", 0.1, "en", checks)
    return tables.Work(Submission("p", student, number, id, **whose), row, counts)


def parsed(text):
    return list(csv.reader(io.StringIO(text, newline="")))


NOBODY = roster.Roster("", (), ())
STRINGS = {
    "en": ("Identifier", "Grade", "Last modified (grade)", "Participant ", "Feedback comments"),
    "zh": ("标识符", "成绩", "最后修改（成绩）", "参与者", "反馈评语"),
    "de": ("ID", "Bewertung", "Zuletzt geändert (Bewertung)", "Teilnehmer/in", "Feedback als Kommentar"),
}


def moodle_imports(text, lang, grades, now=None):
    """What Moodle does with an offline grading worksheet: {participant number: grade} after the import.

    grades   {number: (grade or None, when it was changed)} before
    """
    (header, *lines), (identifier, grade, modified, participant, _) = parsed(text), STRINGS[lang]
    columns = [header.index(heading) for heading in (identifier, grade, modified)]  # each must be there, exactly
    result = {number: before for number, (before, _) in grades.items()}
    for line in lines:
        assert len(line) == len(header)
        who, value, when = (line[column] for column in columns)
        number = who[len(participant) :]
        if number not in grades or value == "":
            continue
        before, changed = grades[number]
        if before is None or changed == when:  # else it was changed after the worksheet was made
            result[number] = float(value)
    return result


def canvas_imports(text, assignments, students):
    """What Canvas does with a gradebook: ({student id: {assignment id: score}}, {assignment id: points}, new titles).

    assignments   {id: (title, points)}
    """
    lines = [line for line in parsed(text) if not re.fullmatch(r"[;, ]+", ",".join(line))]
    header = lines[0]
    assert "Student" in header[0] and "ID" in header[1]
    assert (header[2], header[3]) == ("SIS User ID", "SIS Login ID") and "Section" in header[4]
    points, scores, new, columns = {id: p for id, (_, p) in assignments.items()}, {}, [], {}
    for column, heading in enumerate(header[5:], 5):
        match = re.fullmatch(r"(.*?)\s*\((\d+)\)", heading)
        id = match[2] if match and match[2] in assignments else None
        id = id or next((key for key, (title, _) in assignments.items() if title == heading), None)
        if id is None:
            new.append(heading)
        columns[column] = id or heading
    for line in lines[1:]:
        assert len(line) == len(header)
        if "Points Possible" in line[0]:
            points |= {columns[c]: float(line[c]) for c in columns if line[c] != ""}
            continue
        student = line[1] if line[1] in students else next((i for i, name in students.items() if name == line[0]), None)
        scores[student or line[0]] = {columns[c]: line[c] for c in columns}  # the last line of a student counts
    return scores, points, new


CLASS = [
    work("Ann Lee", 7, "11", counts=False, id="Ann Lee"),
    work("Ann Lee", 9, "11"),
    work("Ann Lee", 4, "11", exercise="E02"),
    work("Ben", 10, "12"),
    work("Cem", None, "13"),
]


def test_canvas_without_a_roster():
    text, said = tables.for_site("canvas", CLASS, "E01", "Simple RNN (4711)", NOBODY)
    scores, points, new = canvas_imports(text, {"4711": ("Simple RNN", 100.0)}, {"11": "", "12": "", "13": ""})
    assert scores == {"11": {"4711": "9"}, "12": {"4711": "10"}, "13": {"4711": ""}}
    assert points == {"4711": 100.0} and new == [] and said == []  # nobody's points are replaced


def test_canvas_makes_a_new_assignment_with_its_points_where_no_title_is_given():
    text, _ = tables.for_site("canvas", CLASS, "E02", "", NOBODY)
    scores, points, new = canvas_imports(text, {}, {"11": "", "12": "", "13": ""})
    assert new == ["E02"] and points == {"E02": 10.0}
    assert scores == {"11": {"E02": "4"}, "12": {"E02": ""}, "13": {"E02": ""}}


GRADEBOOK = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Essay (1),Simple RNN (4711),Current Score
,,,,,Manual Posting,,
    Points Possible,,,,,20,100,(read only)
"Lee, Ann",11,s11,annlee,A,5,,
"Kaya, Cem",13,s13,cemk,A,6,3,
"Student, Test",,,,A,,,
"""


def test_canvas_with_its_own_gradebook(tmp_path):
    (tmp_path / "gradebook.csv").write_text(GRADEBOOK, encoding="utf-8")
    everyone = roster.roster(roster.read(tmp_path / "gradebook.csv"))
    assert everyone.kind == "canvas" and [p.number for p in everyone.people] == ["11", "13"]
    text, said = tables.for_site("canvas", CLASS, "E01", "Simple RNN (4711)", everyone)
    scores, points, new = canvas_imports(text, {"4711": ("Simple RNN", 100.0)}, {"11": "", "13": ""})
    assert scores == {"11": {"4711": "9"}, "13": {"4711": "3"}}  # Cem's file was not graded: what he has stays
    assert points == {"4711": 100.0} and new == []
    assert any("Ben" in remark for remark in said) and any("100" in remark for remark in said)
    with pytest.raises(ValueError, match="Simple RNN"):
        tables.for_site("canvas", CLASS, "E01", "Simple RNN", everyone)


def test_the_first_column_is_a_column_too(tmp_path):
    """Whatever it is taken for: what stands in it stays."""
    (tmp_path / "gradebook.csv").write_text(GRADEBOOK, encoding="utf-8")
    everyone = roster.roster(roster.read(tmp_path / "gradebook.csv"))
    lines = parsed(tables.for_site("canvas", [], "E01", everyone.header[0], everyone)[0])
    assert lines[0][-1] == lines[0][0] and all(line[-1] == line[0] for line in lines if "Lee" in line[0])


def test_moodle_without_a_worksheet():
    text, said = tables.for_site("moodle", [*CLASS, work("Dot", 3)], "E01", "", NOBODY)
    before = {"11": (None, ""), "12": (2.0, "yesterday"), "13": (None, "")}
    assert moodle_imports(text, "en", before) == {"11": 9.0, "12": 2.0, "13": None}
    assert len(said) == 1 and "Dot" in said[0]
    assert "&lt;b&gt;" in text  # remarks are shown as HTML


@pytest.mark.parametrize("lang", STRINGS)
def test_moodle_with_its_own_worksheet(lang, tmp_path):
    identifier, grade, modified, participant, comments = STRINGS[lang]
    sheet = [[identifier, "Full name", "Status", grade, "Maximum grade", modified, comments]]
    class_ = (("11", "Ann", "", "-"), ("12", "Ben", "2", "Monday"), ("13", "Cem", "", "-"), ("14", "Eve", "", "-"))
    sheet += [[f"{participant}{n}", name, "", before, "10", when, ""] for n, name, before, when in class_]
    file = io.StringIO(newline="")
    csv.writer(file).writerows(sheet)
    (tmp_path / "sheet.csv").write_text(file.getvalue(), encoding="utf-8", newline="")
    everyone = roster.roster(roster.read(tmp_path / "sheet.csv"))
    assert everyone.kind == "moodle"
    title = grade if lang == "de" else ""
    text, said = tables.for_site("moodle", CLASS, "E01", title, everyone)
    before = {"11": (None, "-"), "12": (2.0, "Monday"), "13": (None, "-"), "14": (None, "-")}
    assert moodle_imports(text, lang, before) == {"11": 9.0, "12": 10.0, "13": None, "14": None}
    assert said == [] and [line[0] for line in parsed(text)] == [line[0] for line in sheet]
    if lang == "de":
        with pytest.raises(ValueError, match="Bewertung"):
            tables.for_site("moodle", CLASS, "E01", "", everyone)


# ------------------------------------------------------------------------------------------- who is who


def listed(text, tmp_path, encoding="utf-8"):
    (tmp_path / "list.csv").write_bytes(text.encode(encoding))
    return roster.roster(roster.read(tmp_path / "list.csv"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_list_from_a_spreadsheet(encoding, separator, tmp_path):
    text = "学号,姓名,邮箱\n20230101,张三,zhang@x.cn\n20230102,李四,li@x.cn\n".replace(",", separator)
    everyone = listed(text, tmp_path, encoding)
    assert [person.name for person in everyone.people] == ["张三", "李四"]
    for student in ("张三", "20230101", "20230101_张三", "zhang@x.cn", "张三-20230101"):
        assert everyone.find(student, "") is everyone.people[0], student
    assert everyone.find("王五", "") is None


def test_canvas_names_without_spaces(tmp_path):
    everyone = listed('name,id\n"Lee, Ann",7\nAnna Lee,8\n', tmp_path)
    assert everyone.find("leeann", "").cells[1] == "7"


def test_namesakes_are_nobody_in_particular(tmp_path):
    everyone = listed("name,id\nAnn,7\nAnn,8\n", tmp_path)
    assert everyone.find("Ann", "") is None and everyone.find("7", "").name == "Ann"


def test_everyone_who_is_missing_gets_a_line(tmp_path):
    everyone = listed("name,id\nAnn Lee,11\nBen,12\nEve,14\nEve,15\n", tmp_path)
    absent = tables.missing(CLASS, everyone, "E01", "en", "none")
    assert [each.submission.student for each in absent] == ["Eve", "Eve"]
    assert len({each.row.submission for each in absent}) == 2
    assert all(each.row.status == "unreadable" and "nothing" in each.row.notes[0] for each in absent)


@pytest.mark.parametrize("content", [b"", b"name\n", b"\xff\xff\xff"])
def test_a_roster_that_is_none(content, tmp_path):
    (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(ValueError, match="list.csv"):
        roster.read(tmp_path / "list.csv")


# ------------------------------------------------------------------------------------------- which file counts


def several():
    def made(file, day, score, exercise="E01"):
        each = Submission("p", "zhang", "", file, file=file, time=f"2026-01-0{day} 10:00:00")
        return each, work("zhang", score, exercise=exercise, id=file).row

    return [made("a", 1, 9), made("b", 2, 5), made("c", 3, None), made("d", 1, 4, "E02")]


@pytest.mark.parametrize("pick, counting", [("newest", ["b", "d"]), ("best", ["a", "d"])])
def test_one_file_of_a_learner_counts_for_each_exercise(pick, counting):
    """The newest that could be read; the rest are listed all the same."""
    pairs = several()
    found = tables.works([each for each, _ in pairs], [row for _, row in pairs], pick)
    assert len(found) == 4 and [work.row.submission for work in found if work.counts] == counting


def test_a_learner_with_nothing_readable_has_one_line_that_counts():
    pairs = several()[2:3]
    (found,) = tables.works([pairs[0][0]], [pairs[0][1]], "best")
    assert found.counts and found.public()["handed_in"].startswith("2026-01-03")


def test_everything_has_one_column_for_each_check_of_each_exercise():
    header, *lines = parsed(tables.everything(CLASS))
    assert {"E01 check-f", "E02 check-f", "file", "handed_in", "late", "counts"} <= set(header)
    assert len(lines) == len(CLASS) and {len(line) for line in lines} == {len(header)}


@pytest.mark.parametrize(
    "value, safe",
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-rf", "'-rf"),
        ("-3", "-3"),
        ("-0.5", "-0.5"),
        ("-3+cmd|' /C calc'!A0", "'-3+cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("＝1+1", "'＝1+1"),
        ("－1+1", "'－1+1"),
        (" =1", " '=1"),
        (";=1", "';'=1"),
        ("a;=1+1", "a;'=1+1"),
        ("a\n=1", "a\n'=1"),
        (5, 5),
        ("a=b", "a=b"),
        ("Li-Si", "Li-Si"),
        ("-", "-"),
    ],
)
def test_spreadsheets_get_no_formulas(value, safe):
    assert tables.harmless(value) == safe
