"""Finding passages: search, the word and vector indexes behind it and how they are kept true."""
