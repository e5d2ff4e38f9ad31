"""What the tests of pages do with them. `place` is a page or a frame with one explorable in it."""

import torch


def state(place, **parameters):
    """The explorable's own account of itself, after setting these parameters."""
    if parameters:
        place.evaluate("parameters => explorer.set(parameters)", parameters)
    return place.evaluate("() => explorer.state()")


def press(place, selector, *keys):
    """Focus a control and press keys, as somebody without a mouse does."""
    place.locator(selector).focus()
    keyboard = getattr(place, "page", place).keyboard
    for key in keys:
        keyboard.press(key)


def close(values, tensor):
    """Are the page's numbers torch's?"""
    return torch.allclose(torch.tensor(values, dtype=torch.float64), tensor, rtol=0, atol=1e-6)
