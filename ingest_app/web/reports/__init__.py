"""The HTTP of reports: parameters that are read or refused, bodies that are kept, the document."""
