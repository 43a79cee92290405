"""Everything that knows HTTP: who may ask, what is answered, how it is described. It never writes SQL."""
