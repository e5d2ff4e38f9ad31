"""What chapters use once they have shown their own, or to keep the idea on the page: the training loop, sampling from a
trained language model, networks that hear recordings."""

from .diagnosis import diagnose
from .loop import History, fit
from .monitor import Monitor
from .recordings import right_by_frame, running_verdicts, train_linear, train_on_recordings, verdicts
from .sampling import sample_texts

__all__ = [
    "History",
    "Monitor",
    "diagnose",
    "fit",
    "right_by_frame",
    "running_verdicts",
    "sample_texts",
    "train_linear",
    "train_on_recordings",
    "verdicts",
]
