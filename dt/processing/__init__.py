"""Raw values become readings: calibrate, judge, derive. Pure."""
