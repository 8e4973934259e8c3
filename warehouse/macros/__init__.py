"""Questions with a name: table macros, each a file with its meaning and an example. Those under `landed` are the parts of full-text search."""
