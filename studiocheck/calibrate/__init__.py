"""Calibration records: what a good evening looked like, kept for the evenings that follow."""
