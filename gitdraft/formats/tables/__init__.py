"""Tables of entities: CSV, TSV, XLSX, Parquet.

- `cells`: the one form of a value as the text of a cell, and back.
- `columns`: what a column is called, and which place it is.
- `text`: CSV and TSV. `workbook`: XLSX. `parquet`: Parquet. Each writes rows and reads them back as ``Table``.
"""
