"""What the dt command can do, one file per noun."""
