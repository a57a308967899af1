from concurrent.futures import ProcessPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq

import ssemble

if __name__ == "__main__":
    bodies = pq.read_table("bodies.parquet")["body"].to_pylist()
    with ProcessPoolExecutor() as pool:
        rows = list(pool.map(ssemble.row, bodies, chunksize=100))
    pq.write_table(pa.Table.from_pylist(rows, ssemble.arrow_schema()), "rows.parquet")
