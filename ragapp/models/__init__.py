"""SQLModel tables and constraints; no behaviour beyond validation."""
