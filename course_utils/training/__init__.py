"""The training loop that chapters use once they have shown their own."""

from .loop import History, fit

__all__ = ["History", "fit"]
