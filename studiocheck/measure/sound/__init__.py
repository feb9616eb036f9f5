"""Measures on sound."""
