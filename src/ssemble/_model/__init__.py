"""What a message is, whatever the provider."""
