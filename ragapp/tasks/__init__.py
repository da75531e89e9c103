"""Durable work: lease, heartbeat, run, retry, finish."""
