"""The rendered landscapes, and the whole job on them."""
