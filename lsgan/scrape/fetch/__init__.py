"""The one HTTP client: polite to servers, safe from them."""
