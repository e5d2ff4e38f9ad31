"""Tags over a sentence: how likely each is at each character, and two ways through them."""

FIRST, SECOND = "#D55E00", "#0072B2"


def tag_lattice(ax, characters, tags, shares, first, second, labels):
    """Draw on `ax` a column of dots for each character, one for each tag, the larger the likelier, and two paths.

    characters (T), tags (K): what the axes say; shares (T, K): probabilities; first, second: paths of T indices, dashed
    and solid; labels: their names in the legend. Returns `ax`."""
    if not len(characters) == len(shares) == len(first) == len(second):
        raise ValueError(
            f"{len(characters)} characters, {len(shares)} rows, paths of {len(first)} and {len(second)}: not one length"
        )
    steps = range(len(characters))
    for t in steps:
        ax.scatter(
            [t] * len(tags), range(len(tags)), s=[160 * float(share) for share in shares[t]], color="0.75", zorder=1
        )
    ax.plot(steps, first, "--", marker="x", color=FIRST, linewidth=1.8, zorder=2, label=labels[0])
    ax.plot(steps, second, "-", marker="o", markersize=4, color=SECOND, linewidth=1.5, zorder=3, label=labels[1])
    ax.set_xticks(steps, list(characters))
    ax.set_yticks(range(len(tags)), list(tags))
    ax.set_ylim(len(tags) - 0.5, -0.5)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)
    return ax
