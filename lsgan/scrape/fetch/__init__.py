"""A single HTTP request, safe whatever the server sends."""
