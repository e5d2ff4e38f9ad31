"""Values as text that is the same on every machine: rounded, with shape and sum, without a minus before zero."""

import math

import numpy as np
import torch

from course_utils import language

SIGNIFICANT = 10


def scalar_text(value, digits):
    if isinstance(value, (torch.Tensor, np.ndarray)) and value.ndim:
        return tensor_text(value, digits)
    value = plain(value)
    return f"{value + 0.0:.{digits}g}" if isinstance(value, float) else str(value)


def plain(value):
    """A tensor, array or numpy scalar that holds one number as a Python number; anything else as it is."""
    return value.item() if isinstance(value, (torch.Tensor, np.ndarray, np.generic)) else value


def tensor_text(value, digits):
    """`(2, 3) [[…], […]] sum=…`: shape, entries and sum rounded to `digits` decimals; a single number is written
    alone, a whole one without decimals whatever its type (50, 50.0, np.int64(50) and a 0-d tensor read "50"). No -0.0.
    """
    array = as_array(value)
    if not array.ndim:
        return _number_text(array.item(), digits)
    entries = array.tolist() if array.dtype.kind == "b" else _shortened(np.round(array, digits) + 0.0)
    return f"{array.shape} {entries} sum={_shortened(np.round(float(array.sum()), digits) + 0.0)}"


def _number_text(number, digits):
    if not isinstance(number, float):
        return str(number)
    number = _shortened(np.round(number, digits) + 0.0)
    return str(int(number)) if number.is_integer() and abs(number) < 10**SIGNIFICANT else str(number)


def _shortened(array):
    """As lists, SIGNIFICANT digits each: the last digits of a number that has exploded differ by machine."""
    if array.dtype.kind != "f":
        return array.tolist()
    return np.array([float(f"{v:.{SIGNIFICANT}g}") for v in array.ravel()]).reshape(array.shape).tolist()


def as_array(value):
    """float64 (or integer, boolean) array of a tensor, array or number; complains about anything else in one line."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        value = value.double().numpy() if value.is_floating_point() else value.numpy()
    array = np.asarray(value)
    if array.dtype.kind == "f":
        array = array.astype(np.float64)  # before rounding: 0.1 in float32 is 0.10000000149
    if array.dtype.kind not in "biuf":
        forgot = language.say("（是不是忘了 return？）", " (is a return missing?)") if value is None else ""
        raise TypeError(
            language.say(
                f"这里需要张量或数，得到的是 {type(value).__name__}{forgot}",
                f"expected a tensor or a number, got {type(value).__name__}{forgot}",
            )
        )
    return array


def tie_distance(value, digits):
    """Distance of the closest entry (or the sum) from a rounding tie, in units of the last digit; inf for integers."""
    array = as_array(value)
    if array.dtype.kind != "f" or not array.size:
        return math.inf
    scaled = np.append(array.ravel(), array.sum()) * 10**digits
    scaled = scaled[np.isfinite(scaled)]
    return float(np.abs(np.abs(scaled - np.floor(scaled)) - 0.5).min(initial=math.inf))
