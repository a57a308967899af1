import pyarrow as pa
import ray

import ssemble


def rows(batch: pa.Table) -> pa.Table:
    found = [ssemble.row(body) for body in batch["body"].to_pylist()]
    return pa.Table.from_pylist(found, ssemble.arrow_schema())


ray.data.read_parquet("bodies.parquet").map_batches(rows, batch_format="pyarrow").write_parquet("rows.parquet")
