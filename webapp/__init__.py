"""The face: the dashboard of an appliance, its API and its live feed.

Start here: `app.create_app` wires, `context` is what a view may use, `auth` says who may
do what, `api` is REST, `live` is Socket.IO, `pages` are what people see, `ops` is for
machines that watch. `server` alone knows which web server runs it.
"""
