"""Pictures that explain a camera's verdicts to a person: evidence in, bytes of small files out."""
