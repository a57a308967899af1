import duckdb

import ssemble

empty = ssemble.arrow_schema().empty_table()
columns = duckdb.struct_type(dict(zip(empty.column_names, duckdb.sql("FROM empty").types, strict=True)))
duckdb.create_function("llm_row", lambda body: ssemble.row(body), ["BLOB"], columns, null_handling="special")
duckdb.sql("COPY (SELECT unnest(llm_row(body)) FROM 'bodies.parquet') TO 'rows.parquet'")
