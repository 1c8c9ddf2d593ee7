"""For machines that watch: is it alive, does it work, how does it do."""
