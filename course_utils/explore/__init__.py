"""Things to try with the hands. Two patterns and no third: pages that need no kernel (`Explorer`, `quiz`), and widgets
with the learner's own code behind them (`live`, `predict`). `judge` turns an exercise round; `progress` shows how far
a long cell has come; `bets_summary` sets a chapter's bets beside what was measured; `course_map` is the start page;
`assessment` and `certificate` are chapter 19's, `gallery` is chapter 17c's."""

from .assessment import assessment, certificate
from .cards import paper_cards, people_cards
from .course_map import CourseMap, course_map
from .explorer import Explorer, packed
from .gallery import gallery
from .judge import judge
from .live import live
from .predict import predict
from .progress import progress
from .quiz import quiz
from .summary import bets_summary

__all__ = [
    "CourseMap",
    "Explorer",
    "assessment",
    "bets_summary",
    "certificate",
    "course_map",
    "gallery",
    "judge",
    "live",
    "packed",
    "paper_cards",
    "people_cards",
    "predict",
    "progress",
    "quiz",
]
