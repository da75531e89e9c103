"""`python -m ragapp`."""

from ragapp.cli import app

app(prog_name="ragapp")
