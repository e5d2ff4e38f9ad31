"""Three real series to forecast: a share price, a town's weather, a country's electricity."""

from dataclasses import dataclass

from .sources import table


@dataclass(frozen=True)
class Price:
    """One trading day of one share; datasets/stock.md."""

    date: str  # "2000-03-01"
    adjusted_close: float  # US dollars; splits and dividends taken out


@dataclass(frozen=True)
class Weather:
    """One day in Seattle; datasets/weather.md."""

    date: str  # "2012-01-01"
    precipitation: float  # mm
    temp_max: float  # °C
    temp_min: float  # °C
    wind: float  # m/s


@dataclass(frozen=True)
class Load:
    """One half-hour of electricity demand in England and Wales; datasets/load.md."""

    time: str  # "2000-06-05 00:00", when the half-hour begins
    load: float  # MW


def stock_prices():
    """Apple's share, 3,270 trading days from March 2000 to March 2013, a list of Price. RuntimeError where the file is
    missing.

    Source: datasets/make_stock.py."""
    return table("stock.csv", Price)


def seattle_weather():
    """1,461 days from 2012 to 2015, none missing, a list of Weather. RuntimeError where the file is missing.

    Source: datasets/make_weather.py."""
    return table("weather.csv", Weather)


def electricity_load():
    """4,032 half-hours, twelve weeks from Monday 5 June 2000, a list of Load. RuntimeError where the file is missing.

    Source: datasets/make_load.py."""
    return table("load.csv", Load)
