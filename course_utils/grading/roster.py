"""Everyone in the course: a table as Moodle, Canvas or a spreadsheet exports it."""

import csv
import io
import re
from dataclasses import dataclass

NAMES = ("name", "full name", "student", "student name", "姓名", "名字", "学生", "学生姓名", "全名", "姓名（全名）")
PARTICIPANT = re.compile(r"(\D{2,})(\d+)")  # Moodle's identifiers: "Participant 1234567", in the language of the site
MOST = 20_000  # rows


@dataclass(frozen=True)
class Person:
    """One row of the table. number: in Moodle and Canvas the one in the names of downloaded files, else ""."""

    name: str
    number: str
    cells: tuple


@dataclass(frozen=True)
class Roster:
    """kind: "moodle" (an assignment's grading worksheet), "canvas" (a gradebook export) or "" (any other list)."""

    kind: str
    header: tuple
    people: tuple
    points: tuple = ()  # Canvas's row of possible points

    def find(self, student, number):
        """The Person with this number in the course site, else with this name or number in any column, else None."""
        if number and self.kind:
            return next((person for person in self.people if person.number == number), None)
        for same in (str.casefold, _letters):
            wanted = {same(student), same(number)} - {""}
            found = [p for p in self.people if wanted & {same(cell.strip()) for cell in p.cells}]
            if len(found) == 1:
                return found[0]
        words = set(re.split(r"[\W_]+", student.casefold())) - {""}  # "20230101_张三"
        found = [p for p in self.people if words & {cell.strip().casefold() for cell in p.cells if len(cell) > 1}]
        return found[0] if len(found) == 1 else None


def _letters(text):
    """Canvas writes "Lee, Ann" into file names as "leeann"."""
    return "".join(c for c in text.casefold() if c.isalnum())


def read(path):
    """The table in a CSV file, as lists of text. Raises OSError, or ValueError when it is not one."""
    raw = path.read_bytes()[: 16 << 20]
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            pass
    else:
        raise ValueError(f"{path}: neither UTF-8 nor GBK; save it as CSV in UTF-8")
    first = text.split("\n", 1)[0]
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count)))
    except csv.Error as error:
        raise ValueError(f"{path}: not a CSV file ({error})") from None
    table = [[cell.replace("\0", "") for cell in line] for line in table if any(cell.strip() for cell in line)]
    if not 2 <= len(table) <= MOST:
        raise ValueError(f"{path}: a roster has a line of headings and then one line for everyone in the course")
    return table


def roster(table):
    """The Roster in a table that `read` gave."""
    header, lines = tuple(table[0]), [tuple(line + [""] * (len(table[0]) - len(line))) for line in table[1:]]
    if len(header) > 3 and "Student" in header[0] and "ID" in header[1]:
        points = next((line for line in lines if "Points Possible" in line[0]), ())
        people = tuple(Person(line[0].strip(), line[1].strip(), line) for line in lines if line[1].strip().isdigit())
        return Roster("canvas", header, people, points)
    identifiers = [PARTICIPANT.fullmatch(line[0].strip()) for line in lines]
    if len(header) > 4 and all(identifiers) and len({match[1] for match in identifiers}) == 1:
        people = tuple(Person(line[1].strip(), match[2], line) for line, match in zip(lines, identifiers))
        return Roster("moodle", header, people)
    column = next((i for i, heading in enumerate(header) if heading.strip().casefold() in NAMES), 0)
    return Roster("", header, tuple(Person(line[column].strip(), "", line) for line in lines))
