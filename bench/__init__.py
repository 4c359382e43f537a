"""Measurements, as ratios to limit views in the same run. `make bench`; never a test."""
