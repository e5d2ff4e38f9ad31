"""`rnn-course grade`: arguments, progress, exit code."""

import datetime
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from course_utils import standing
from course_utils.expected import PUBLIC_SEED
from course_utils.files import ROOT
from course_utils.grading import batch, cluster, intake, reference, report, roster, stages
from course_utils.grading.box import leftovers, tiers
from course_utils.grading.contents import is_zip, printable

TOLD = 5  # names of what was left out
# How a batch grades is settled when it begins; and what each of these is when it is not given
SETTLED = {"seed": None, "seeds": 1, "exercise": None, "lang": "", "sandbox": "auto", "cold": False}


def add_parser(commands):
    command = commands.add_parser(
        "grade",
        help="grade one notebook, or a folder of them",
        description="Grade notebooks. Reports go to --out: grades.json, grades.csv, one page for each learner, class-overview.html.",  # noqa: E501
    )
    command.add_argument("submissions", nargs="*", metavar="SUBMISSION.ipynb|DIRECTORY|CLASS.zip")
    command.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for the reports (default grades/<date-time>; never overwritten)"
    )
    command.add_argument("--exercise", metavar="E01", help="when the notebooks do not say which exercise they are")
    command.add_argument(
        "--lang", choices=("zh", "en"), default="", help="language of the reports (default: the notebook's)"
    )
    command.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="grade with this seed, e.g. to repeat a grade (default: secret, see class-overview.html; one notebook "
        "in work/: the public one)",
    )
    command.add_argument(
        "--seeds",
        type=int,
        default=1,
        metavar="N",
        help="run every submission with N seeds; a check counts if it passes with all",
    )
    command.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="submissions graded at the same time (default 1)"
    )
    command.add_argument(
        "--sandbox",
        choices=("auto", "bwrap", "none"),
        default="auto",
        help="where submissions run; `none` trusts them (default auto)",
    )
    command.add_argument(
        "--cold", action="store_true", help="start a new interpreter for every submission instead of forking a warm one"
    )
    command.add_argument(
        "--scheduler", default="", metavar="ADDRESS", help="grade on a dask.distributed cluster, e.g. tcp://host:8786"
    )
    command.add_argument(
        "--csv",
        action="append",
        choices=report.FORMATS,
        help="also write grades-<name>….csv for this program; canvas and moodle: one for each exercise",
    )
    command.add_argument(
        "--title",
        action="append",
        metavar="E01=HEADING",
        help="what the course site calls the exercise, as its export has it, e.g. 'E01=Simple RNN (4711)'",
    )
    command.add_argument(
        "--roster",
        type=Path,
        metavar="FILE.csv",
        help="everyone in the course, as Moodle (grading worksheet), Canvas (gradebook) or a spreadsheet exports it",
    )
    command.add_argument(
        "--pick", choices=("newest", "best"), help="which of several files of one learner counts (default newest)"
    )
    command.add_argument(
        "--resume",
        type=Path,
        metavar="DIR",
        help="finish a batch that was stopped; with submissions, add them to it; DIR is its --out",
    )
    command.add_argument("--summary", action="store_true", help="print every check; without --out, write no reports")
    command.set_defaults(run=grade)


def grade(arguments):
    """0: every submission has a row. 1: the grader failed. 2: bad arguments. 130: interrupted, rows so far are
    written."""
    with ExitStack() as stack:
        if arguments.summary and not arguments.out:  # called from a notebook: what is printed is the report
            arguments.out = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if arguments.summary:
            stack.enter_context(stages.aloud())
        return _grade(arguments)


def _grade(arguments):
    leftovers.sweep()
    try:
        _check(arguments)
        out = arguments.resume or arguments.out or Path("grades", datetime.datetime.now().strftime("%Y%m%d-%H%M%S"))
        if arguments.resume:
            batch.resume(out)  # before a folder is made
        with batch.alone_in(out, lambda: _complain(f"another grader is at work in {out}; waiting for it to finish")):
            return _graded(arguments, out)
    except (OSError, ValueError, tiers.NoBox) as problem:
        _complain(problem)
        return 2


def _graded(arguments, out):
    """Raises ValueError, OSError or NoBox before anything is graded."""
    plan = _prepare(arguments, out)
    try:
        rows, said = batch.run(
            plan, out, arguments.jobs, arguments.scheduler, progress=_progress if len(plan.submissions) > 1 else _silent
        )
    except KeyboardInterrupt:
        print(file=sys.stderr)
        _complain(f"stopped. Rows so far: {out / 'grades.csv'}. Finish with: rnn-course grade --resume {out}")
        return 130
    except (reference.NoReference, OSError, RuntimeError) as fault:
        _complain(fault)
        return 1
    for row in rows:
        if arguments.summary:
            _say(report.summary(row))
            if row.checks:  # else it could not be graded, which is no score
                standing.record(row.exercise, row.score, row.max_score)
        else:
            _say(f"{printable(row.submission)}: {row.score}/{row.max_score} {row.status}")
            for note in row.notes:
                _say(f"    {note}")
    for remark in said:
        _complain(remark)
    if not arguments.summary:
        _say(f"{out / (report.OVERVIEW + '.html')}  ({plan.tier})")
    faults = [row.fault for row in rows if row.fault]
    for fault in faults:
        print(fault, end="", file=sys.stderr)
    return 1 if faults else 0


def _say(text):
    for line in text.split("\n"):
        print(printable(line))


def _complain(text):
    print("rnn-course grade: " + "\n".join(printable(line) for line in str(text).split("\n")), file=sys.stderr)


def _check(arguments):
    if arguments.jobs < 1 or arguments.seeds < 1:
        raise ValueError("--jobs and --seeds are at least 1")
    if arguments.scheduler:
        cluster.require()
    if arguments.resume and arguments.out:
        raise ValueError("--resume takes no --out: it goes on in the folder that it names")
    given = [f"--{name}" for name, usual in SETTLED.items() if getattr(arguments, name) != usual]
    if arguments.resume and given:
        raise ValueError(f"--resume grades as the batch was begun: leave out {', '.join(given)}, or begin a new batch")
    if not arguments.resume and not arguments.submissions:
        raise ValueError("name a notebook or a folder to grade")
    if arguments.exercise and not any(reference.known(arguments.exercise, lang) for lang in ("zh", "en")):
        raise ValueError(
            f"no exercise {arguments.exercise!r} here; there are: {', '.join(reference.solutions('zh')) or 'none'}"
        )
    if arguments.seed is not None and arguments.seed <= 0:
        raise ValueError("--seed is positive (0 is the public seed that learners see)")


def _prepare(arguments, out):
    """The plan of the batch in `out`, begun or taken up. Raises ValueError, OSError or NoBox with one line that says
    what to do."""
    titles = dict(_title(text) for text in arguments.title or ())
    table = roster.read(arguments.roster) if arguments.roster else None
    found = _find(arguments, out) if arguments.submissions else []
    if arguments.resume:
        plan = batch.resume(out)
    else:
        own = len(found) == len(arguments.submissions) == 1 and _is_a_notebook(arguments.submissions[0])
        first = arguments.seed if arguments.seed is not None else reference.draw_seed()
        if own and arguments.seed is None and arguments.seeds == 1 and _is_learners(arguments):
            first = PUBLIC_SEED  # a self-check: what should be printed is stored, so the solution need not run
        plan = batch.Plan(
            [],
            seeds=[first + 1000 * i for i in range(arguments.seeds)],
            tier=tiers.choose(arguments.sandbox, arguments.cold, own),
            exercise=arguments.exercise or "",
            lang=arguments.lang,
        )
    batch.add(plan, found)
    plan.csv = sorted({*plan.csv, *(arguments.csv or ())})
    plan.titles |= titles
    plan.roster = table or plan.roster
    plan.pick = arguments.pick or plan.pick
    (batch.keep if arguments.resume else batch.start)(plan, out)
    return plan


def _is_a_notebook(place):
    """Was a single file named? A zip is a folder, and what is in it may be anybody's."""
    return os.path.isfile(place) and not is_zip(place)


def _is_learners(arguments):
    """Does the learner check a notebook of their own: from its last cell, or one of the copies that `lab` made?"""
    return arguments.summary or Path(arguments.submissions[0]).resolve().is_relative_to(ROOT / "work")


def _title(text):
    exercise, equals, heading = text.partition("=")
    if not (exercise and equals and heading):
        raise ValueError(f"--title {text!r}: write exercise=heading, e.g. --title 'E01=Simple RNN (4711)'")
    return exercise.strip(), heading


def _find(arguments, out):
    names = {path.stem for lang in ("zh", "en") for path in reference.exercises(lang).values()}

    def is_ours(folder):
        return batch.is_report_folder(folder) or out.exists() and os.path.samefile(folder, out)

    found, left_out = intake.find(arguments.submissions, names, is_ours)
    if left_out:
        more = f" and {len(left_out) - TOLD} more" if len(left_out) > TOLD else ""
        _complain(f"left out, being nobody's work: {', '.join(left_out[:TOLD])}{more}")
    return found


def _progress(done, total, seconds):
    end = "\n" if done == total else ""
    print(
        f"\r{done}/{total}  {seconds / 60:.0f} min {seconds % 60:.0f} s left   ", end=end, file=sys.stderr, flush=True
    )


def _silent(done, total, seconds):
    pass
