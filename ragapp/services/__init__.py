"""The use cases: the only API that UI, REST, commands and tasks may call."""
