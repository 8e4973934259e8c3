CREATE VIEW macros AS
SELECT function_name || '(' || array_to_string(parameters, ', ') || ')' AS call, split_part("comment", ' Example: ', 1) AS meaning,
       split_part("comment", ' Example: ', 2) AS example
FROM duckdb_functions()
WHERE database_name = current_database() AND schema_name = 'main' AND function_type = 'table_macro'
ORDER BY call;

COMMENT ON VIEW macros IS 'One row per table macro: a question with a name, to be asked FROM.';
COMMENT ON COLUMN macros.call IS 'How it is called.';
COMMENT ON COLUMN macros.meaning IS 'What it answers.';
COMMENT ON COLUMN macros.example IS 'A query to start from.';
