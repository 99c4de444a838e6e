"""A venue with honest fills: the same orders, the same reports, no money."""
