"""The senses: drivers read buses and sources, readings go to the store."""
