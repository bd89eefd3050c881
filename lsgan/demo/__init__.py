"""The embedded landscapes and the whole main job on them."""
