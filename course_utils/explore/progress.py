"""How far a long cell has come."""

import os
import time

from IPython import get_ipython
from IPython.display import display

from course_utils import language


class _Line:
    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


def progress(items, label):
    """Yield the items of `items`, showing one live line: how many are done and about how long the rest will take.

    With COURSE_STORE=1 in the environment (outputs are being stored or compared), and outside of IPython, only the
    last line is printed: it is the same on every machine. Nothing to do, nothing shown."""
    items = list(items)
    n = len(items)
    if not n:
        return
    done = f"{label} {n}/{n} ✔"
    if os.environ.get("COURSE_STORE") or get_ipython() is None:
        yield from items
        print(done)
        return
    line = display(_Line(f"{label} 0/{n}"), display_id=True)
    start = shown = time.monotonic()
    for k, item in enumerate(items, 1):
        yield item
        now = time.monotonic()
        if now - shown > 0.2:  # five times a second is enough for the eye
            shown, left = now, (now - start) / k * (n - k)
            bar = "█" * (20 * k // n)
            line.update(
                _Line(f"{label} {bar:░<20} {k}/{n}  {language.say(f'约剩 {left:.0f} 秒', f'about {left:.0f} s left')}")
            )
    line.update(_Line(done))
