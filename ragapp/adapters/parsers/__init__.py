"""One file per document format, run in a limited child process."""
