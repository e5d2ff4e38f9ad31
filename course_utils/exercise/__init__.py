"""What an exercise notebook uses: its checks, and the cell that grades it."""

from .ban import Banned
from .check import CheckFailed, Exercise

__all__ = ["Banned", "CheckFailed", "Exercise"]
