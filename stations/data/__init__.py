"""The data of the regions, and what reads, checks and rebuilds it."""
