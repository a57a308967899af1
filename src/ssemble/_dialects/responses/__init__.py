"""OpenAI Responses, as OpenAI, Azure, local servers and many proxies send it."""
