"""Numbers and models as plain readers know them."""

from __future__ import annotations

from math import isfinite

_MODELS = {
    "dummy": "a rule that says the same each time",
    "last_value": "a rule that says what came last",
    "linear": "a weighted sum",
    "small_tree": "a small tree of yes-or-no questions",
    "tree": "a tree of yes-or-no questions",
    "forest": "a vote of many trees of questions",
    "boosting": "a chain of small trees, each of which mends what the last ones got wrong",
    "lightgbm": "a chain of small trees (LightGBM)",
    "xgboost": "a chain of small trees (XGBoost)",
    "catboost": "a chain of small trees (CatBoost)",
}


def by_name(model: str) -> str:
    """What a model is, in plain words; its name where it has no others."""
    return _MODELS.get(model, f"the model `{model}`")


def of_hundred(share: float) -> str:
    """A share as so many of 100, and not as none or all where it is neither.

    Example:
        >>> from tilth.project.report.shown import of_hundred
        >>> of_hundred(0.873), of_hundred(0.999), of_hundred(0.002)
        ('87', 'more than 99', 'less than 1')
    """
    rounded = round(100 * share)
    if rounded == 100 and share < 1:
        return "more than 99"
    if rounded == 0 and share > 0:
        return "less than 1"
    return str(rounded)


def number(value: object) -> str:
    """A number to three digits, thousands in full; texts as they are.

    Example:
        >>> from tilth.project.report.shown import number
        >>> number(12345.6), number(0.04567), number(12.0)
        ('12,346', '0.0457', '12')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if not isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
