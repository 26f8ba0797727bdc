"""Other systems: `tilth export mlflow` and `tilth import mlflow` mean the file `mlflow` here.

A system's file names one class in its `__all__`, which hands runs and models on, reads them, or
both, as `history/exchange.py` says. It knows its system and nothing of the project.
"""
