"""Files: atomic writing and safe reading, images, tensors."""
