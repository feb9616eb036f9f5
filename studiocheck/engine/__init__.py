"""The pipeline: plan, acquire, evaluate, diagnose, store. Each stage restarts from files."""
