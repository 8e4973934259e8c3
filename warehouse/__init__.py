"""Where: tables declared once, the lake, views and SQL. The only home of DuckDB."""
