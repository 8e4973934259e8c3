"""SQL views over the lake, one file each."""
