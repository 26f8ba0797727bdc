"""Promises about data: contracts, their checks, and what was found against them."""
