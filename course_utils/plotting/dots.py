"""A few numbers for each of several arms: one row for each arm, one dot for each seed."""


def dot_rows(ax, rows, *, xlabel):
    """Draw rows, label -> list of numbers, from top to bottom on `ax`: dots on a line. Returns `ax`."""
    for row, values in enumerate(rows.values()):
        ax.plot(values, [row] * len(values), "o", markersize=7, alpha=0.75, color="#0072B2")
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlabel(xlabel)
    return ax
