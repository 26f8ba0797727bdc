"""Smaller models, and what they lose."""
