"""OpenAI chat completions, as some fifty providers send them."""
