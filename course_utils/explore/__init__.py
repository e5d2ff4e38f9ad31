"""Things to try with the hands. Two patterns and no third: pages that need no kernel (`Explorer`, `quiz`), and widgets
with the learner's own code behind them (`live`, `predict`). `judge` turns an exercise round; `progress` shows how far
a long cell has come."""

from .explorer import Explorer
from .judge import judge
from .live import live
from .predict import predict
from .progress import progress
from .quiz import quiz

__all__ = ["Explorer", "judge", "live", "predict", "progress", "quiz"]
