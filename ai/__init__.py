"""The models: blocks that read signals and write predicted ones."""
