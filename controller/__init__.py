"""The hands: rules, loops, interlocks, actuators."""
