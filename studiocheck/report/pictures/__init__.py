"""Pictures that explain verdicts to a person: evidence of a device in, bytes of small files out."""
