"""One look for all figures: a Chinese font that is always there, colours that colour-blind readers tell apart, lines
that differ in grey."""

import importlib.util
import pathlib

import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib import font_manager

COLOURS = [
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
]  # Okabe & Ito 2008, without yellow
LINES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)), (0, (1, 1))]


def style():
    """Set matplotlib's defaults for the course. Call it once, before the first figure.

    In text that mixes Chinese and $…$, write every symbol inside the $…$: there the second font does not help out."""
    plt.rcParams.update(
        {
            "font.family": font_family(),
            "font.size": 10,
            "mathtext.fontset": "dejavusans",
            "axes.prop_cycle": cycler(color=COLOURS, linestyle=LINES),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.titlesize": 11,
            "grid.color": "#dddddd",
            "grid.linewidth": 0.6,
            "legend.frameon": False,
            "image.cmap": "cividis",
            "figure.figsize": (7, 3),
            "figure.dpi": 90,  # keeps the pictures stored in a notebook small
            "savefig.dpi": "figure",
            "figure.constrained_layout.use": True,
        }
    )


def font_family():
    """Chinese first: text that mixes Chinese and $…$ takes the first font."""
    return [_chinese_font(), "DejaVu Sans"]


def _chinese_font():
    """Register Noto Sans SC (SIL Open Font License) from the PyPI package zhplot; returns the font's name."""
    spec = importlib.util.find_spec("zhplot")  # found, not imported: importing it would change matplotlib
    file = spec and pathlib.Path(spec.submodule_search_locations[0], "fonts", "NotoSansSC-Regular.ttf")
    if not file or not file.exists():
        raise RuntimeError("figures need the Chinese font of the package zhplot. Run: pip install zhplot")
    if str(file) not in {font.fname for font in font_manager.fontManager.ttflist}:
        font_manager.fontManager.addfont(file)
    return font_manager.FontProperties(fname=file).get_name()
