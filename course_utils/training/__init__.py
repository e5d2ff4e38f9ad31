"""What chapters use once they have shown their own: the training loop, and sampling from a trained language model."""

from .loop import History, fit
from .sampling import sample_texts

__all__ = ["History", "fit", "sample_texts"]
