"""The command: the only room with input and output."""
