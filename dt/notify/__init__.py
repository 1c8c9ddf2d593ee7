"""Tells people outside of alerts: e-mail, webhook, ntfy, MQTT; quiet hours and retries.

`expansion` says who is told what and when, `notifier` keeps that in the store and starts
`sender` in a process of its own, for the library that sends is large.
"""
