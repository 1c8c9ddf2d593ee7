"""How things are put for people: numbers, times, states, small pictures, charts.

Views fetch, templates show; what stands between, a value's words and shape, is decided
here, once, by functions that know neither the web nor the store.
"""
