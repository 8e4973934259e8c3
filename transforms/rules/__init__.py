"""Rule tables: data that the readers of print go by, each stanza with its own `hit` and `miss`."""
