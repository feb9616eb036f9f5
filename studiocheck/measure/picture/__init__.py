"""Measures on pictures and on rows of frames."""
