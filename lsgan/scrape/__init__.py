"""From a place's name to photographs of it: found, fetched by the rules, proved, attributed."""
