"""A tune to look at: pitch over time."""

NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
COLOURS = ("#0072B2", "#E69F00")


def piano_roll(ax, bars, *, eighth=1.0, same=()):
    """Draw `bars`, lists of (MIDI pitch, eighths), on `ax`: one block for each note, a line between bars.

    eighth is the length of an eighth on the axis, in seconds; bars whose numbers (from 0) are in `same` are orange and
    hatched. Returns `ax`."""
    at = 0.0
    for number, bar in enumerate(bars):
        for pitch, eighths in bar:
            marked = number in same
            ax.broken_barh(
                [(at, 0.92 * eighths * eighth)],
                (pitch - 0.6, 1.2),
                facecolor=COLOURS[marked],
                hatch="////" if marked else None,
                edgecolor="white",
            )
            at += eighths * eighth
        if number < len(bars) - 1:
            ax.axvline(at, color="0.75", linewidth=0.8, zorder=0)
    used = sorted({pitch for bar in bars for pitch, _ in bar})
    ax.set_yticks(used, [f"{NAMES[pitch % 12]}{pitch // 12 - 1}" for pitch in used])
    ax.grid(False)
    return ax
