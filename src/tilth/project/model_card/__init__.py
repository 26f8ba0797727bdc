"""The card of a model: one page of facts on record, for readers of any background."""

from __future__ import annotations

from tilth.project.model_card.facts import Card, card_of
from tilth.project.model_card.page import page, text

__all__ = ["Card", "card_of", "page", "text"]
