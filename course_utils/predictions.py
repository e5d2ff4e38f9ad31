"""What the learner predicted: `explore.predict` writes it, `checks.claim` reads it. Imports nothing, so that both stay
independent."""

_chosen = {}


def choose(id, text):
    """Remember `text` as the prediction for claim `id`; an empty text takes it back."""
    if text:
        _chosen[id] = text
    else:
        _chosen.pop(id, None)


def chosen(id):
    """The prediction for claim `id`, or None where the learner left it blank."""
    return _chosen.get(id)
