"""Things to try with the hands. Two patterns and no third: pages that need no kernel (`Explorer`, `quiz`), and widgets
with the learner's own code behind them (`live`, `predict`). `judge` turns an exercise round; `progress` shows how far
a long cell has come; `bets_summary` sets a chapter's bets beside what was measured."""

from .explorer import Explorer
from .judge import judge
from .live import live
from .predict import predict
from .progress import progress
from .quiz import quiz
from .summary import bets_summary

__all__ = ["Explorer", "bets_summary", "judge", "live", "predict", "progress", "quiz"]
