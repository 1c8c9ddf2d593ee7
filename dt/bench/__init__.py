"""What the appliance costs and how fast it is, measured here and now: ``dt bench``.

The core imports no organ, so a case that needs one starts it as a process, as a user does.
"""
