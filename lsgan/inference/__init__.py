"""From a trained generator to images: grids, single images, interpolations, image-to-image."""
