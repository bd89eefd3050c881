"""A run as a page to read, to print and to give away; several runs beside each other."""
