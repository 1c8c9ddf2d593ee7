"""One driver per file; each has a simulator of the same file name."""
