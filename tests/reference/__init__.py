"""The reference of the public names: ``python -m tests.reference`` writes it from the docstrings."""
