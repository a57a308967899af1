import pyarrow as pa
import pyarrow.parquet as pq

import ssemble

schema = ssemble.arrow_schema()
with pq.ParquetWriter("rows.parquet", schema) as writer:
    for batch in pq.ParquetFile("bodies.parquet").iter_batches(columns=["body"]):
        rows = [ssemble.row(body) for body in batch["body"].to_pylist()]
        writer.write(pa.RecordBatch.from_pylist(rows, schema))
