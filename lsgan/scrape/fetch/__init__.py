"""One HTTP request, safe from whoever answers it."""
