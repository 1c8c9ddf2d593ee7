"""The kinds of rules that come with the product, one a file."""
