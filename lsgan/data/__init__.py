"""From a folder of images to one packed file: decoding, duplicates, packing, sampling."""
