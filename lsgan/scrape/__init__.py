"""From a place's name to photographs of it, politely collected, with their attribution."""
