import pyarrow as pa
import pyarrow.parquet as pq
from dask import bag
from dask.distributed import Client, LocalCluster

import ssemble

if __name__ == "__main__":
    groups = bag.range(pq.ParquetFile("bodies.parquet").num_row_groups, npartitions=8)
    bodies = groups.map(lambda group: pq.ParquetFile("bodies.parquet").read_row_group(group)["body"].to_pylist())
    with LocalCluster(n_workers=2, host="127.0.0.1", dashboard_address=None) as cluster, Client(cluster):
        rows = bodies.flatten().map(ssemble.row).compute()
    pq.write_table(pa.Table.from_pylist(rows, ssemble.arrow_schema()), "rows.parquet")
