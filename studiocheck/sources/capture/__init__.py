"""A device in a process of its own: started, watched, killed if it hangs, evidence brought home."""
