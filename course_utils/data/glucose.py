"""A real series of one person: glucose under the skin, every five minutes."""

from dataclasses import dataclass

from .sources import table


@dataclass(frozen=True)
class Reading:
    """One reading of a continuous glucose monitor; datasets/glucose.md."""

    minute: int  # since midnight of the first day
    glucose: int  # mg/dL


def glucose_readings():
    """18,000 readings of one person, nine weeks, mostly five minutes apart, with gaps; a list of Reading. RuntimeError
    where the file is missing.

    Source: datasets/make_glucose.py."""
    return table("glucose.csv", Reading)
