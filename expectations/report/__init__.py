"""The data-quality report: one static page a run."""
