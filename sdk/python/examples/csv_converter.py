"""A converter: maps and structs as a line of comma-separated values, and back as a map of texts."""

import csv
import io

from caisson_sdk import NON_EMPTY_LIST, ConfigDef, ConfigKey, Converter, DataError, Struct, Type, export


class CsvConverter(Converter):
    """Values as a line of CSV."""

    class_name = "com.example.CsvConverter"
    config = ConfigDef(ConfigKey("columns", Type.LIST, "The columns, in order.", validators=(NON_EMPTY_LIST,)))

    def configure(self, config, is_key):
        self.columns = config["columns"]

    def from_connect(self, topic, schema, value):
        if value is None:
            return None
        if not isinstance(value, (dict, Struct)):
            raise DataError(f"CSV has columns, and {type(value).__name__} has none")
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([value.get(column) for column in self.columns])
        return line.getvalue().encode()

    def to_connect(self, topic, data):
        if data is None:
            return None, None
        cells = next(csv.reader([data.decode()]), [])
        if len(cells) != len(self.columns):
            raise DataError(f"{len(self.columns)} columns are expected, and a line has {len(cells)}")
        return None, dict(zip(self.columns, cells))


export(CsvConverter, version="1.0.0")
