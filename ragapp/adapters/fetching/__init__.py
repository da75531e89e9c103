"""Reading addresses that users give: the only place that may open a connection to one."""
