"""AG-UI, the protocol between agents and user interfaces."""
