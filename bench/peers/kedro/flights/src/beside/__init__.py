"""The flights project in Kedro: the same functions, the same graph."""
