"""The face: the dashboard of an appliance."""
