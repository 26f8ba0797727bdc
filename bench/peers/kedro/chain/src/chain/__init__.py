"""The chain in Kedro: values live in memory."""
