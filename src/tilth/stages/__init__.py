"""Ready-made stages: `stage: analyse` in tilth.yml means the file `analyse.py` here.

A stage's file names one function in its `__all__`, which makes a pipeline of its settings. Its
nodes are plain functions beside it. It has no privilege over a stage of one's own, and is
imported when a project that names it is opened: what is slow to import belongs inside of nodes.
"""
