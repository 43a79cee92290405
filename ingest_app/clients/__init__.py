"""HTTP clients that send traffic through `POST /v1/events`, as a browser would.

`access_log` turns a web server's log into posts, `simulation` invents visitors, and `sender`
delivers either over HTTP. Nothing here touches the database or imports the app: what these clients
send takes the same way as everybody's events, and so tests that way.
"""
