import polars as pl

import ssemble

columns = pl.Struct(pl.DataFrame(ssemble.arrow_schema().empty_table()).schema)


def rows(bodies: pl.Series) -> pl.Series:
    return pl.Series([ssemble.row(body) for body in bodies], dtype=columns)


found = pl.scan_parquet("bodies.parquet").select(pl.col("body").map_batches(rows, columns)).unnest("body")
found.sink_parquet("rows.parquet")
