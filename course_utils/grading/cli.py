"""`rnn-course grade`: arguments, progress, exit code."""

import datetime
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from course_utils.grading import batch, cluster, intake, reference, report
from course_utils.grading.box import tiers


def add_parser(commands):
    command = commands.add_parser(
        "grade",
        help="grade one notebook, or a folder of them",
        description="Grade notebooks. Reports go to --out: grades.json, grades.csv, one page for each learner, class-overview.html.",  # noqa: E501
    )
    command.add_argument("submissions", nargs="*", metavar="SUBMISSION.ipynb|DIRECTORY")
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
        help="grade with this seed, e.g. to repeat a grade (default: secret, see class-overview.html)",
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
        choices=sorted(report.FORMATS),
        default=[],
        help="also write grades-<name>.csv for this program",
    )
    command.add_argument("--resume", type=Path, metavar="DIR", help="finish a batch that was stopped; DIR is its --out")
    command.add_argument("--summary", action="store_true", help="print every check; without --out, write no reports")
    command.set_defaults(run=grade)


def grade(arguments):
    """0: every submission has a row. 1: the grader failed. 2: bad arguments. 130: interrupted, rows so far are
    written."""
    with ExitStack() as stack:
        if arguments.summary and not arguments.out:  # called from a notebook: what is printed is the report
            arguments.out = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        return _grade(arguments)


def _grade(arguments):
    try:
        plan, out = _prepare(arguments)
    except (OSError, ValueError, tiers.NoBox) as problem:
        print(f"rnn-course grade: {problem}", file=sys.stderr)
        return 2
    try:
        rows = batch.run(
            plan, out, arguments.jobs, arguments.scheduler, progress=_progress if len(plan.submissions) > 1 else _silent
        )
    except KeyboardInterrupt:
        print(
            f"\nstopped. Rows so far: {out / 'grades.csv'}. Finish with: rnn-course grade --resume {out}",
            file=sys.stderr,
        )
        return 130
    except (reference.NoReference, OSError, RuntimeError) as fault:
        print(f"rnn-course grade: {fault}", file=sys.stderr)
        return 1
    for row in rows:
        print(
            report.summary(row) if arguments.summary else f"{row.submission}: {row.score}/{row.max_score} {row.status}"
        )
        for note in row.notes if not arguments.summary else ():
            print(f"    {note}")
    if not arguments.summary:
        print(f"{out / (report.OVERVIEW + '.html')}  ({plan.tier})")
    faults = [row.fault for row in rows if row.fault]
    print(*faults, sep="\n", end="", file=sys.stderr)
    return 1 if faults else 0


def _prepare(arguments):
    """The plan and its folder. Raises ValueError, OSError or NoBox with one line that says what to do."""
    if arguments.jobs < 1 or arguments.seeds < 1:
        raise ValueError("--jobs and --seeds are at least 1")
    if arguments.scheduler:
        cluster.require()
    if arguments.resume:
        if arguments.submissions or arguments.out:
            raise ValueError("--resume takes no submissions and no --out: it finishes what was begun in that folder")
        return batch.resume(arguments.resume), arguments.resume
    if not arguments.submissions:
        raise ValueError("name a notebook or a folder to grade")
    if arguments.exercise and not any(reference.known(arguments.exercise, lang) for lang in ("zh", "en")):
        raise ValueError(
            f"no exercise {arguments.exercise!r} here; there are: {', '.join(reference.solutions('zh')) or 'none'}"
        )
    if arguments.seed is not None and arguments.seed <= 0:
        raise ValueError("--seed is positive (0 is the public seed that learners see)")
    found = intake.find(arguments.submissions)
    own = len(found) == 1 and Path(arguments.submissions[0]).is_file()
    first = arguments.seed if arguments.seed is not None else reference.draw_seed()
    plan = batch.plan(
        found,
        seeds=[first + 1000 * i for i in range(arguments.seeds)],
        tier=tiers.choose(arguments.sandbox, arguments.cold, own),
        exercise=arguments.exercise or "",
        lang=arguments.lang,
        csv=arguments.csv,
    )
    out = arguments.out or Path("grades", datetime.datetime.now().strftime("%Y%m%d-%H%M%S"))
    batch.start(plan, out)
    return plan, out


def _progress(done, total, seconds):
    end = "\n" if done == total else ""
    print(
        f"\r{done}/{total}  {seconds / 60:.0f} min {seconds % 60:.0f} s left   ", end=end, file=sys.stderr, flush=True
    )


def _silent(done, total, seconds):
    pass
