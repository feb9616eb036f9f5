"""Measures on light: colour temperature and what follows from it."""
