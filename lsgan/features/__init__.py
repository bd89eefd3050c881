"""From images to the feature vectors on which the metrics are computed."""
