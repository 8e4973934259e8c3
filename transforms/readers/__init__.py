"""Readers: from the bytes of one input format to records, damaged stretches and gaps that tile the file."""
