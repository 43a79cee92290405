"""HTTP clients that send traffic through `POST /v1/events`, as a browser would.

`log_file` turns a web server's log into posts, `simulation` invents visitors, and `sender` delivers
either over HTTP. Nothing here touches the database: what these clients send takes the same way as
everybody's events, and so tests that way. Of the app they share what a browser measures, and how
addresses, hosts, instants and click ids are read, so that a log says what live visits say.
"""
