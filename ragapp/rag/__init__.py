"""Retrieval and answering as values, pure functions and short flows over ports. Knows no SQL, HTTP or web framework."""
