import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

import ssemble


def rows(batches):
    for batch in batches:
        yield pa.RecordBatch.from_pylist([*map(ssemble.row, batch["body"].to_pylist())], ssemble.arrow_schema())


bodies = SparkSession.builder.getOrCreate().read.parquet("bodies.parquet").select("body")
bodies.mapInArrow(rows, from_arrow_schema(ssemble.arrow_schema())).write.parquet("rows.parquet")
