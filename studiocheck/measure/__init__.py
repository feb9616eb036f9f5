"""Measures: pure functions on arrays. One method, one file, its source cited."""
