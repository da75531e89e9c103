"""Print some packages of a lock on standard input, with their digests: `locked.py NAME … < requirements.lock`."""

import sys

is_wanted = False
for line in sys.stdin:
    if not line.startswith((" ", "#")):
        is_wanted = line.split("==")[0] in sys.argv[1:]
    if is_wanted:
        sys.stdout.write(line)
