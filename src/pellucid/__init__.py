"""See how a GPT works, number by number: train a tiny one, trace it, take every number apart."""
