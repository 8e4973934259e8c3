CREATE VIEW data_dictionary AS
SELECT c.table_name, c.column_name, c.data_type, d.nullable, c.comment AS meaning, d.nearest_term
FROM duckdb_columns() c
LEFT JOIN landed.declared d ON d.view_name = c.table_name AND d.column_name = c.column_name
WHERE c.database_name = current_database() AND c.schema_name = 'main'
ORDER BY c.table_name, c.column_index;

COMMENT ON VIEW data_dictionary IS 'One row per column of every view: what it means.';
COMMENT ON COLUMN data_dictionary.table_name IS 'The view.';
COMMENT ON COLUMN data_dictionary.column_name IS 'The column.';
COMMENT ON COLUMN data_dictionary.data_type IS 'Its DuckDB type.';
COMMENT ON COLUMN data_dictionary.nullable IS 'Whether it may be null; null for columns that a view computes.';
COMMENT ON COLUMN data_dictionary.meaning IS 'What it means.';
COMMENT ON COLUMN data_dictionary.nearest_term IS 'Nearest published term, such as ninjs:located.';
