"""The sources of images, one file each."""
