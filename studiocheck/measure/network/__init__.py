"""Measures on the course of an upload."""
