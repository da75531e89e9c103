"""One module per outside system: each implements one port and translates its errors."""
