"""Files: written atomically, read with care; images and tensors."""
