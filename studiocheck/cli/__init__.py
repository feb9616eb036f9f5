"""The command line: one file a command group, thin; every command imports what it needs."""
