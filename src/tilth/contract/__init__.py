"""Contracts: what data must satisfy, compiled into one scan."""
