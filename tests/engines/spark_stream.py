"""Run the recipe of Spark Structured Streaming: read ``log/*.parquet`` one file at a time, write ``rows/BATCH``."""

from __future__ import annotations

import runpy

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

import ssemble
from tests.engines.recipes import FILES


def main() -> None:
    rows = runpy.run_path(str(FILES["streaming"]))["rows"]
    columns = StructType().add("stream", "string")
    for field in from_arrow_schema(ssemble.arrow_schema()):
        columns.add(field)
    spark = SparkSession.builder.master("local[2]").config("spark.sql.shuffle.partitions", 2).getOrCreate()
    log = spark.readStream.schema("stream STRING, at DOUBLE, fragment BINARY").option("maxFilesPerTrigger", 1)
    found = log.parquet("log").groupBy("stream")
    found = found.applyInPandasWithState(rows, columns, "observer BINARY", "update", "NoTimeout")
    query = found.writeStream.outputMode("update").foreachBatch(write).trigger(availableNow=True).start()
    query.awaitTermination()


def write(batch: DataFrame, number: int) -> None:
    batch.write.parquet(f"rows/{number}")


if __name__ == "__main__":
    main()
