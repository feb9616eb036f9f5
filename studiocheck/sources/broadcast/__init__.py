"""The test broadcast: the planned stream, its ingests, and the leave to publish."""
