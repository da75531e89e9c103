"""ragapp: ask your own documents."""
