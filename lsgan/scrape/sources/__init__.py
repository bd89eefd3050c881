"""The sources of images: one small file each."""
