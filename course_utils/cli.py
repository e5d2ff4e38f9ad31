"""The command `rnn-course`. Each sub-command lives in the module that does the work; here are only its arguments."""

import argparse
import sys
from pathlib import Path

from course_utils.files import ROOT


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="rnn-course", description="循环神经网络互动课 · the recurrent-network course that checks itself"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    command = commands.add_parser("lab", help="copy the notebooks to work/ and open JupyterLab")
    _add_language(command)
    command.set_defaults(run=_lab)

    command = commands.add_parser("doctor", help="look for problems on this machine, each with its fix")
    _add_language(command)
    command.set_defaults(run=_doctor)

    command = commands.add_parser("build", help="make the notebooks from source/")
    command.add_argument(
        "names", nargs="*", metavar="NAME", help="chapter or exercise, e.g. 02 or E01: build it even if nothing changed"
    )
    command.set_defaults(run=_build)

    command = commands.add_parser("site", help="build the website in build/site from the stored notebooks")
    command.set_defaults(run=_site)

    command = commands.add_parser("stills", help="photograph the explorables whose page has changed")
    command.set_defaults(run=_stills)

    command = commands.add_parser("check", help="translations fresh, terms kept, generated files equal to their source")
    command.set_defaults(run=_check)

    command = commands.add_parser("ack", help="stamp English cells as up to date")
    command.add_argument("file", type=Path)
    command.add_argument(
        "cells", nargs="*", metavar="CELL", help="names of the Chinese cells (default: those never stamped)"
    )
    command.add_argument("--reviewed", action="store_true", help="the English needed no change")
    command.set_defaults(run=_ack)

    _add_grading_and_release(commands)
    arguments = _parse(parser, argv)
    try:
        return arguments.run(arguments)
    except KeyboardInterrupt:
        return 130


def _add_language(command):
    command.add_argument(
        "--lang", choices=("zh", "en"), help="the language it speaks (default zh; in a class release its own)"
    )


def _add_grading_and_release(commands):
    from course_utils.grading import cli

    cli.add_parser(commands)

    command = commands.add_parser("release", help="pack the course for a class, without solutions")
    command.add_argument("--lang", choices=("zh", "en"), required=True)
    command.add_argument("--out", type=Path, required=True, metavar="CLASS.zip")
    command.add_argument(
        "--hand-in", default="", metavar="TEXT", help="where learners hand in; the last cell of an exercise says it"
    )
    command.set_defaults(run=_release)

    command = commands.add_parser("assessment", help="the final assessment for Moodle and Canvas, for teachers")
    command.add_argument("--lang", choices=("zh", "en"), required=True)
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    command.set_defaults(run=_assessment)

    command = commands.add_parser("cards", help="flash cards for spaced repetition: a table, and an Anki package")
    command.add_argument("--lang", choices=("zh", "en"), required=True)
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    command.set_defaults(run=_cards)


def _parse(parser, argv):
    """As parse_args, but cells may stand on both sides of an option: argparse takes none after it."""
    arguments, rest = parser.parse_known_args(argv)
    cells = [word for word in rest if not word.startswith("-") and hasattr(arguments, "cells")]
    if len(cells) < len(rest):
        parser.error(f"unrecognized arguments: {' '.join(word for word in rest if word not in cells)}")
    if cells:
        arguments.cells += cells
    return arguments


def _lab(arguments):
    from course_utils import lab

    return lab.open_lab(ROOT, arguments.lang or lab.default_language(ROOT))


def _doctor(arguments):
    from course_utils import doctor, lab, language

    language.use(lab.LANGUAGES[arguments.lang or lab.default_language(ROOT)])
    return doctor.report(ROOT)


def _build(arguments):
    from course_utils.authoring import architecture, build, readme, source, start

    try:
        failed = build.build(ROOT, arguments.names)
        for name in start.update(ROOT) + readme.update(ROOT) + architecture.update(ROOT):
            print(f"built {name}")
    except (build.BuildError, source.SourceError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 1 if failed else 0


def _site(arguments):
    from course_utils.authoring import site

    try:
        print(f"built {site.build(ROOT, ROOT / 'build')}")
    except site.SiteError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _stills(arguments):
    from course_utils.authoring import stills

    try:
        for file in stills.make():
            print(f"made {file.relative_to(ROOT)}")
    except RuntimeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _release(arguments):
    from course_utils.authoring import release

    return release.release(arguments)


def _assessment(arguments):
    from course_utils.authoring import forms

    return forms.write(arguments)


def _cards(arguments):
    from course_utils.authoring import cards

    return cards.write(arguments)


def _check(arguments):
    from course_utils.authoring import architecture, check, readme, source, start, stills

    try:
        complaints = (
            check.check(ROOT) + start.stale(ROOT) + readme.stale(ROOT) + architecture.stale(ROOT) + stills.stale()
        )
    except source.SourceError as error:  # the plan of the whole course
        complaints = [str(error)]
    print(*complaints, sep="\n") if complaints else print("ok")
    return 1 if complaints else 0


def _ack(arguments):
    from course_utils.authoring import check, source

    try:
        check.acknowledge(arguments.file, arguments.cells, arguments.reviewed)
    except (source.SourceError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
