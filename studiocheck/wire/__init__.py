"""Protocols without input or output: bytes in, bytes and events out. Both ends speak them."""
