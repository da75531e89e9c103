"""REST edge: parse, resolve scope, call one service method, render."""
