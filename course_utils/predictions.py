"""What the learner bet, and how each bet came out: `explore.predict` writes the one, `checks.claim` the other. Imports
nothing heavy, so that both stay independent.

Where the environment names a file in COURSE_BETS (`rnn-course lab` does), bets are kept in it from one kernel to the
next."""

import json
import os
from dataclasses import asdict, dataclass, fields

from course_utils import files


@dataclass
class Placed:
    """A bet of the learner. choice: index of an option, or the text of a number; sure: 0 (a guess), 1 or 2 (sure), or
    None; right: True, False, or None while it is open (and for a number, which is never simply right)."""

    choice: int | str | None = None
    sure: int | None = None
    right: bool | None = None
    said: str = ""  # what was measured, in words


_placed = {}  # id -> Placed
_cards = {}  # id -> what shows the bet: turned when it is settled


def placed(id):
    """The learner's bet on claim `id`, or None where it was left blank."""
    found = _all().get(id)
    return found if found is not None and found.choice is not None else None


def place(id, choice=None, sure=None):
    """Remember the learner's bet on claim `id`; a choice of None takes it back."""
    _all()[id] = Placed(choice, sure)
    _keep(id)


def settle(id, right, said, card=None):
    """Remember how the bet came out, and turn its card (`card` goes to the card's `turn`)."""
    if bet := placed(id):
        bet.right, bet.said = right, said
        _keep(id)
    if id in _cards:
        _cards[id].turn(card)


def show_on(id, card):
    """`card.turn(…)` is called when the bet is settled."""
    _cards[id] = card


def _all():
    if not _placed and (file := os.environ.get("COURSE_BETS")):
        try:
            kept = files.read_dict(file)
        except OSError:
            kept = {}
        known = {field.name for field in fields(Placed)}
        for id, bet in kept.items():
            if isinstance(bet, dict) and set(bet) <= known:  # else written by another version of the course
                _placed[id] = Placed(**bet)
    return _placed


def _keep(id):
    """Write this one bet to the file: other kernels keep theirs there too."""
    if file := os.environ.get("COURSE_BETS"):
        try:
            files.write(file, json.dumps(files.read_dict(file) | {id: asdict(_placed[id])}))
        except OSError:
            pass  # a folder that cannot be read or written: bets last as long as the kernel
