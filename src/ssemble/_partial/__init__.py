"""JSON that is still arriving. It knows nothing of streams."""
