"""A page in the browser to explore a generator and its training: `lsgan explore`."""
