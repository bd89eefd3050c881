"""The sources of pictures: one small file each."""
