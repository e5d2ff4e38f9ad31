"""Files that a command makes to be taken elsewhere: in one language, and none is overwritten."""

import sys

from course_utils import language
from course_utils.authoring.source import NAMES


def hand_out(command, arguments, make):
    """Write make(), name -> bytes, into the folder arguments.out; make is called with the course speaking
    arguments.lang. Returns 0, or 2 where a file exists already or cannot be written."""
    spoken = language.code()
    language.use(NAMES[arguments.lang])
    try:
        files = make()
        arguments.out.mkdir(parents=True, exist_ok=True)
        there = next((arguments.out / name for name in files if (arguments.out / name).exists()), None)
        if there:  # looked at first: half of the files would block the next try
            raise FileExistsError(f"{there} exists; nothing is overwritten, choose another --out")
        for name, content in files.items():
            with open(arguments.out / name, "xb") as handle:  # nothing is overwritten
                handle.write(content)
            print(arguments.out / name)
    except OSError as problem:
        print(f"rnn-course {command}: {problem}", file=sys.stderr)
        return 2
    finally:
        language.use(NAMES[spoken])
    return 0
