"""studiocheck: GO or NO-GO for a livestream studio, and what to touch."""

__version__ = "0.1.0"
