"""Streams of the project's own making, each with what a provider would return without streaming."""
