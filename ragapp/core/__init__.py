"""Facts and rules with no I/O; standard library only."""
