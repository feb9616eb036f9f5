"""The line out of the room: connections, uploads, and what carries them."""
