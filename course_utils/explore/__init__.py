"""Things to try with the hands. Two patterns and no third: pages that need no kernel (`Explorer`, `quiz`), and widgets
with the learner's own code behind them (`live`, `predict`). `progress` shows how far a long cell has come."""

from .explorer import Explorer
from .live import live
from .predict import predict
from .progress import progress
from .quiz import quiz

__all__ = ["Explorer", "live", "predict", "progress", "quiz"]
