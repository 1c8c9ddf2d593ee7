"""Who asks, and what they may do: deny by default.

`identity` finds the caller (a session cookie or a bearer token), `policy` decides,
`csrf` checks that a form came from our own page, `sessions` signs in and out and slows
down guessing, `first_run` makes the first account, `views` are the addresses for people.
"""
