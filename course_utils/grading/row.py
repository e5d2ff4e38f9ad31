"""What is known about one submission once it is graded: what the journal keeps and all reports are made from.

`grades.json` holds `Row.public()`, whose keys classroom scripts build on; the rest is for our own pages.
"""

from dataclasses import asdict, dataclass, field, replace

PUBLIC = ("submission", "exercise", "score", "max_score", "status", "isolation", "seconds")
PUBLIC_CHECK = ("id", "points", "earned", "status", "message")


@dataclass
class Line:
    """A line that a check prints on the public numbers; value None where the learner's did not print it."""

    label: str
    value: str | None
    expected: str
    right: bool


@dataclass
class Check:
    """status: passed, failed, missing, banned, died, hung or flooded. why: misconceptions recognised, in words."""

    id: str
    points: int
    earned: int
    status: str
    message: str = ""
    lines: list[Line] = field(default_factory=list)
    why: list[str] = field(default_factory=list)


@dataclass
class Row:
    """status: graded, partial, timeout or unreadable. fault: a traceback of ours, "" where all went well."""

    submission: str
    exercise: str | None
    status: str
    isolation: str
    seconds: float
    lang: str
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    public_only: bool = False
    assembled: dict | None = None  # the notebook as it was run, on its way to a file of its own
    fault: str = ""

    @property
    def score(self):
        return sum(check.earned for check in self.checks)

    @property
    def max_score(self):
        return sum(check.points for check in self.checks)

    def public(self):
        """An item of `grades.json`."""
        checks = [{key: getattr(check, key) for key in PUBLIC_CHECK} for check in self.checks]
        return {key: getattr(self, key) for key in PUBLIC} | {"checks": checks}

    def to_json(self):
        """Everything but `assembled`, as plain data."""
        return asdict(replace(self, assembled=None))

    @classmethod
    def from_json(cls, data):
        """The row that `to_json` gave. Raises TypeError, KeyError or AttributeError where it is not one."""
        checks = [Check(**check | {"lines": [Line(**line) for line in check["lines"]]}) for check in data["checks"]]
        return cls(**data | {"checks": checks})
