"""The nouns of studiocheck. Nothing here reads a clock, a file, a socket or a device."""
