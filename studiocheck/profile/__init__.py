"""Requirement profiles and studio files: reading, inheritance, explanation, JSON Schema."""
