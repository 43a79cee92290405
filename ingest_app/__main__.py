"""`python -m ingest_app` is the `footfall` command."""

from ingest_app.cli import main

if __name__ == "__main__":
    main()
