"""What happened and how it goes: audit log, usage, health."""
