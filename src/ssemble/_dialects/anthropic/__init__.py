"""Anthropic Messages, as Anthropic, its resellers and gateways send them."""
