"""multilingual-e5-small as the built-in encoder: weights read, graph exported, vocabulary and word table kept on disk."""
