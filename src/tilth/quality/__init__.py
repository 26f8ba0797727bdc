"""The science: arrays and tables in, numbers out. Pure, and every method cites its source.

Nothing here reads a file, a clock or the state of a random generator: what is drawn at random
takes a seed. A *table* is a Polars frame.
"""
