"""REST, version 1: each address is declared once, with its types, role and words.

`operation` turns a declaration into a view, `openapi` into its documentation. The other
modules hold one noun each; `moments` reads times, `plant` serves older clients.
"""
