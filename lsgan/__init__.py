"""From a folder of photographs to a trained generator of new ones."""

__version__ = "0.1.0"
