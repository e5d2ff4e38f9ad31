"""Figures that several chapters draw. Nothing here calls plt.show(): end the cell with it."""

from .attention import alignment, attention_graph
from .backward import backward_graph
from .bidirectional import bidirectional_graph
from .contrast import reading_graphs
from .curves import lag_profile, learning_curves
from .dots import dot_rows
from .graph import unrolled_graph
from .gru import gru_diagram
from .lattice import tag_lattice
from .lstm import lstm_diagram
from .piano_roll import piano_roll
from .seq2seq import seq2seq_diagram
from .stretch import stretch, tanh_slope
from .strip import heat_strip
from .style import style
from .training import training_curves

__all__ = [
    "alignment",
    "attention_graph",
    "backward_graph",
    "bidirectional_graph",
    "dot_rows",
    "heat_strip",
    "lag_profile",
    "learning_curves",
    "gru_diagram",
    "lstm_diagram",
    "piano_roll",
    "reading_graphs",
    "seq2seq_diagram",
    "stretch",
    "style",
    "tag_lattice",
    "tanh_slope",
    "training_curves",
    "unrolled_graph",
]
