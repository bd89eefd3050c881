"""A packed data set as a folder for others: images, their attribution, and a data set card."""
