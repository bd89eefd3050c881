"""One HTTP request, safe from whoever responses it."""
