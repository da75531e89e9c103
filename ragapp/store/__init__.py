"""Every SQL statement, behind tenant-scoped repositories and one unit of work, the only place that commits."""
