"""A stand-in for Stripe on loopback: what Daylily's demo and tests pay against. See README.md beside this file."""

# The version whose shapes the objects here follow: the one that the official SDK 16.1 sends.
API_VERSION = "2026-10-28.endive"
