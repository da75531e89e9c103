"""Quality: test questions of knowledge bases, runs over them, what readers rated bad."""
