"""Write nodes, edges, assertions and results as Parquet, the door to pandas, Polars, DuckDB and Spark.

Lists stay lists and numbers numbers; texts are as the graph holds them. Needs pyarrow: `mlkg[parquet]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.errors import StoreError
from kg.views.tables import tables

if TYPE_CHECKING:
    from pathlib import Path

    from kg.graph import KnowledgeGraph

FILES = ("nodes.parquet", "edges.parquet", "assertions.parquet", "results.parquet")
_NAMES = {"evidence": "assertions"}


def write(graph: KnowledgeGraph, path: Path) -> Path:
    """Write the four tables into the folder `path`, which is there; StoreError says if pyarrow is missing."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - in the extra, and slow to load
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        raise StoreError(f'Parquet needs pyarrow ({error}). Install it: pip install "mlkg[parquet]"') from None
    types = {"text": pa.string(), "texts": pa.list_(pa.string()), "whole": pa.int64(), "number": pa.float64()}
    for table in tables(graph):
        schema = pa.schema([(name, types[kind]) for name, kind in table.columns])
        columns = [list(column) for column in zip(*table.rows, strict=True)] or [[] for _ in table.columns]
        arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
        name = _NAMES.get(table.name, table.name)
        pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path / f"{name}.parquet", compression="zstd")
    return path
