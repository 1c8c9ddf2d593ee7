"""The nouns on the wire. Pure."""
