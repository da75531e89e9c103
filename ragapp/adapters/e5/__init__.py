"""multilingual-e5-small built in: weights read, graph exported, vocabulary and word table kept on disk."""
