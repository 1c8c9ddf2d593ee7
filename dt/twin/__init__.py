"""The nouns of the product and the files that declare them. Pure."""
