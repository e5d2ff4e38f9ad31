"""What an exercise notebook uses: its checks, and the cell that grades it."""

from .check import Banned, CheckFailed, Exercise

__all__ = ["Banned", "CheckFailed", "Exercise"]
