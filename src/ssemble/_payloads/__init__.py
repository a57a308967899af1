"""Frames to decoded payloads."""
