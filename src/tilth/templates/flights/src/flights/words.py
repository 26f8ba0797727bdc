"""Names of columns and numbers as people say them."""

from __future__ import annotations

from math import floor, isnan

LABELS = {
    "scheduled_departure": "departure time",
    "weekday": "weekday",
    "departures_that_hour": "departures that hour",
    "distance": "distance",
    "dest_latitude": "destination's latitude",
    "dest_longitude": "destination's longitude",
    "plane_age": "plane's age",
    "seats": "seats",
    "late_rate_1d": "late the day before",
    "late_rate_7d": "late the week before",
    "disrupted_rate_1d": "disrupted the day before",
    "temperature": "temperature",
    "humidity": "humidity",
    "wind_speed": "wind speed",
    "wind_direction": "wind direction",
    "precipitation": "rain or snow",
    "pressure": "air pressure",
    "visibility": "visibility",
    "carrier": "airline",
    "origin": "airport",
    "engine": "engine",
}

UNITS = {
    "distance": "miles",
    "plane_age": "years",
    "temperature": "°F",
    "wind_speed": "mph",
    "wind_direction": "°",
    "precipitation": "in",
    "pressure": "mbar",
    "visibility": "miles",
}

SHARES = {"late_rate_1d", "late_rate_7d", "disrupted_rate_1d"}
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def label(column: str) -> str:
    """What people call a column; its own name where nobody has said."""
    return LABELS.get(column, column.replace("_", " "))


def quantity(column: str, value: float) -> str:
    """A threshold in its column with its unit: a time, a day, a share, degrees."""
    if column == "scheduled_departure":
        return f"{floor(value) // 60}:{floor(value) % 60:02}"
    if column == "weekday":
        return DAYS[min(max(floor(value), 1), 7) - 1]
    if column in SHARES:
        return percent(value, digits=1)
    if column == "humidity":
        return f"{value:.3g} %"
    unit = UNITS.get(column, "")
    separator = "" if unit.startswith("°") else " "
    return f"{short(value)}{separator}{unit}".strip()


def short(value: float) -> str:
    """A number to four digits, without zeros that say nothing."""
    return f"{value:.4g}"


def percent(share: float, digits: int = 0) -> str:
    """A share in per cent; a dash where there is none."""
    return "–" if isnan(share) else f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def count(number: int) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,}"
