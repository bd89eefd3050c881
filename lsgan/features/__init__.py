"""From images to feature vectors, between which the metrics measure distances."""
