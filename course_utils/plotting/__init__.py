"""Figures that several chapters draw. Nothing here calls plt.show(): end the cell with it."""

from .curves import lag_profile, learning_curves
from .graph import unrolled_graph
from .strip import heat_strip
from .style import style

__all__ = ["heat_strip", "lag_profile", "learning_curves", "style", "unrolled_graph"]
