"""What a host allows: its rate, its robots.txt, its pauses."""
