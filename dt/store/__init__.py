"""The store: one log in three layers, and the small precious tables beside it."""
